//! Questions of shoppers and guests, the answers of staff, and the emails about both.

mod asking;
mod guests;
mod staff;
mod tables;

use crate::support::{Answer, Browser, Shopper, TestShop};

/// A shop with a member of staff and a shopper.
struct Scene {
    shop: TestShop,
    clerk: Browser,
    mei: Shopper,
}

impl Scene {
    async fn open() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let shop = TestShop::with(settings).await;
        let (clerk, mei) = (shop.clerk("chen").await, shop.shopper("mei").await);
        Self { shop, clerk, mei }
    }

    /// An order of the shopper; returns its number.
    async fn order(&self) -> String {
        self.mei.puts_in_cart(self.shop.make_sku(9, "20.00"), 1).await;
        self.mei.orders().await
    }

    /// The shopper asks a question; returns the path of its page.
    async fn asks(&self, words: &str) -> String {
        asks(&self.mei.browser, &[("question", words)]).await.expect(303).location().to_owned()
    }

    /// The member of staff answers what the page shows.
    async fn answers(&self, path: &str, words: &str) -> Answer {
        answers(&self.clerk, &format!("/admin{path}"), words).await
    }

    fn status(&self) -> String {
        self.shop.text("select status from questions")
    }

    fn messages(&self) -> i64 {
        self.shop.number("select count(*) from question_messages")
    }
}

/// Fills in the contact form and sends it.
async fn asks(browser: &Browser, fields: &[(&str, &str)]) -> Answer {
    let token = browser.page("/contact").await.attribute_of("form[action='/contact'] [name=token]", "value");
    browser.post("/contact", &[&[("token", token.as_str())], fields].concat()).await
}

/// Fills in the reply form of a question's page and sends it.
async fn replies(browser: &Browser, path: &str, words: &str) -> Answer {
    let page = browser.page(path).await;
    let token = page.attribute_of("form[action*='/messages'] [name=token]", "value");
    let to = page.attribute_of("form[action*='/messages']", "action");
    browser.post(&to, &[("token", &token), ("reply", words)]).await
}

async fn answers(clerk: &Browser, path: &str, words: &str) -> Answer {
    let page = clerk.page(path).await;
    let hidden = |name: &str| page.attribute_of(&format!("form[action$='/answer'] [name={name}]"), "value");
    let (token, seen) = (hidden("token"), hidden("seen"));
    clerk.post(&format!("{path}/answer"), &[("token", &token), ("seen", &seen), ("answer", words)]).await
}

/// A picture in the formats that shoppers may send.
fn png() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(20, 10).write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

async fn uploads(browser: &Browser, path: &str, file: &[u8]) -> Answer {
    let head = b"--frontier\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n";
    let body = [head.as_slice(), file, b"\r\n--frontier--\r\n"].concat();
    let request = browser
        .request(reqwest::Method::POST, path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body);
    browser.send(request).await
}
