use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use std::{future::Future, pin::Pin};

use super::{Fields, Page, PageError, PageMeta, app_data, client_address};
use crate::{
    config::Config,
    kernel::Language,
    platform::{db::Db, redis::Redis},
};

/// An extractor with everything a handler of a page needs. `Audience` extracts the user, and refuses users who may not
/// see the page.
pub struct PageRequest<Audience> {
    pub user: Audience,
    pub page: Page,
    pub db: Data<Db>,
    pub redis: Data<Redis>,
    pub config: Data<Config>,
    pub http: HttpRequest,
}

/// A request for a page that is open to everybody.
pub type VisitorRequest = PageRequest<()>;

impl<Audience> PageRequest<Audience> {
    /// Returns the parameters of the query string.
    pub fn query(&self) -> Fields {
        Fields::of_query(&self.http)
    }

    /// Sets the path to show after the visitor changes the language, for a response to a form: the path to which the
    /// form was sent has no page of its own.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.page = self.page.at(path);
        self
    }

    /// Returns metadata with which search engines can list the page at this canonical path.
    pub fn meta(&self, path: &str) -> PageMeta {
        PageMeta::new(&self.config.public_url, Language::main(&self.config), path)
    }

    /// Returns the client's IP address; for IPv6 its /64 network.
    pub fn client_address(&self) -> String {
        client_address(&self.http)
    }
}

impl<Audience> FromRequest for PageRequest<Audience>
where
    Audience: FromRequest + 'static,
    PageError: From<Audience::Error>,
{
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let http = req.clone();
        Box::pin(async move {
            // The user first, so that nothing is loaded for those who may not see the page.
            let user = Audience::extract(&http).await?;
            let page = Page::extract(&http).await?;
            let (db, redis, config) = (app_data(&http)?, app_data(&http)?, app_data(&http)?);
            Ok(Self { user, page, db, redis, config, http })
        })
    }
}
