//! A visitor: an HTTP client that keeps its cookies and sends `Origin` as browsers do.

use reqwest::{Client, Method, RequestBuilder, header::CONTENT_TYPE, redirect::Policy};
use std::time::Duration;

use super::Answer;

/// One visitor. It does not follow redirects, so that a test sees each response.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    base: String,
}

impl Browser {
    pub fn at(base: &str) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(60))
            // The server closes a connection that was opened ahead and not used for five seconds, with a 408 that would
            // be taken for the response to a request sent just then.
            .pool_idle_timeout(Duration::from_secs(3))
            .build()
            .unwrap();
        Self { client, base: base.to_owned() }
    }

    /// Uses another base URL; cookies are kept.
    pub fn goes_to(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    /// A request without headers that say where it comes from.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// For a shop that may crash during the request.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        Answer::of(request.send().await?).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Gets the page and expects status 200, at the canonical address if this is another one.
    pub async fn page(&self, path: &str) -> Answer {
        self.get_canonical(path).await.expect(200)
    }

    /// Gets the page, and follows a permanent redirect, which must lead to the canonical address at once.
    pub async fn get_canonical(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        if answer.status != 301 {
            return answer;
        }
        let found = self.get(answer.location()).await;
        assert_ne!(found.status, 301, "{path} is redirected twice: {answer} {found}");
        found
    }

    /// Sends a form, as a page of the shop would.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields)).await
    }

    /// Sends these bytes as the body of a form.
    pub async fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.raw_form(path, body)).await
    }

    /// The request of a form, not yet sent.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.raw_form(path, body)
    }

    fn raw_form(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
    }

    /// The same browser, with the same cookies, for another server of the same shop.
    pub fn towards(&self, base: &str) -> Self {
        Self { client: self.client.clone(), base: base.to_owned() }
    }

    /// Sends a form that must succeed, and returns the page that it redirects to.
    pub async fn post_and_follow(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await.expect(303);
        self.page(answer.location()).await
    }
}
