//! The page on which shoppers download or erase all data that the shop stores about them.

use actix_session::SessionExt;
use askama::Template;
use std::time::Duration;

use super::{ErasureOutcome, OpenMatters, forms, service};
use crate::{
    accounts::{PasswordCheck, Role, Shopper, ShopperRequest, verify_own_password},
    invoices,
    messages::Messages,
    orders::{OpenOrder, OpenReason},
    platform::db::{Db, DbError},
    web::{
        self, Fields, Form, Page, PageError, PageResult, RateLimit, SecurityEvent, Subject, VisitorRequest,
        client_address, hit, html, see_other, too_many, unprocessable,
    },
};

const PATH: &str = "/account/data";
/// The maximum number of downloads of one shopper within [`DOWNLOAD_WINDOW`].
const MAX_DOWNLOADS: u32 = 5;
const DOWNLOAD_WINDOW: Duration = Duration::from_secs(3600);

#[derive(Template)]
#[template(path = "customers/data.html")]
struct DataPage {
    page: Page,
    form: Form,
    /// The orders and questions because of which the data was not erased; empty otherwise.
    open: OpenMatters,
    refusal: Option<String>,
    retention_years: i32,
    is_staff: bool,
}

#[derive(Template)]
#[template(path = "customers/erased.html")]
struct ErasedPage {
    page: Page,
    retention_years: i32,
}

/// `GET /account/data`: the page with the forms to download and to erase the shopper's data.
pub async fn data(shopper: ShopperRequest) -> PageResult {
    html(&DataPage::of(shopper, Form::default()).await?)
}

/// `POST /account/data/download`: downloads the shopper's data as a ZIP file. Needs the password.
pub async fn download(shopper: ShopperRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let Some(password) = forms::password(&mut form, "download_password", t) else {
        return unprocessable(&DataPage::of(shopper.at(PATH), form).await?);
    };
    if let Some(refused) = check(&shopper, password).await? {
        return refused.answer(DataPage::of(shopper.at(PATH), form).await?, "download_password");
    }
    let key = format!("data-download:user:{}", shopper.user.id);
    if let RateLimit::Wait(seconds) = hit(&shopper.redis, &key, MAX_DOWNLOADS, DOWNLOAD_WINDOW).await? {
        let mut shown = DataPage::of(shopper.at(PATH), form).await?;
        shown.refusal = Some(t.error_too_many(seconds.div_ceil(60)));
        return too_many(&shown, seconds);
    }
    let file = service::zip_of(&shopper.db, &shopper.redis, shopper.user.id).await?.map_err(PageError::internal)?;
    Ok(web::download("application/zip", "my-data.zip", file))
}

/// `POST /account/data/erasure`: erases the shopper's data and ends the session. Needs the password.
pub async fn erase(shopper: ShopperRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let Some(password) = forms::own_erasure(&mut form, t) else {
        return unprocessable(&DataPage::of(shopper.at(PATH), form).await?);
    };
    if let Some(refused) = check(&shopper, password).await? {
        return refused.answer(DataPage::of(shopper.at(PATH), form).await?, "erasure_password");
    }
    let id = shopper.user.id;
    match service::erase(&shopper.db, &shopper.redis, id, |_| Ok(())).await? {
        ErasureOutcome::Erased => {
            SecurityEvent::AccountClosed.record(&shopper.http, Subject::User(id), "erased");
            shopper.http.get_session().purge();
            Ok(see_other("/account/erased"))
        }
        ErasureOutcome::Open(open) => {
            let mut shown = DataPage::of(shopper.at(PATH), form).await?;
            shown.open = open;
            unprocessable(&shown)
        }
        ErasureOutcome::NotAShopper => {
            let mut shown = DataPage::of(shopper.at(PATH), form).await?;
            shown.refusal = Some(t.account_data_staff().to_owned());
            unprocessable(&shown)
        }
    }
}

/// `GET /account/erased`: the page after an erasure, which says what was erased and what is kept.
pub async fn erased(visitor: VisitorRequest) -> PageResult {
    let retention_years = retention_years(&visitor.db).await?;
    html(&ErasedPage { page: visitor.page, retention_years })
}

/// Returns for how many years invoices keep the buyer's name.
async fn retention_years(db: &Db) -> Result<i32, PageError> {
    Ok(db.run(|conn| Ok::<_, DbError>(invoices::invoice_settings(conn)?.retention_years)).await?)
}

/// Why a password was not accepted: it is wrong, or too many were tried (with the seconds to wait).
enum Refused {
    Wrong,
    RetryAfter(u64),
}

async fn check(shopper: &ShopperRequest, password: String) -> Result<Option<Refused>, PageError> {
    let Shopper(user) = shopper.user.clone();
    let (from, about) = (client_address(&shopper.http), Subject::User(user.id));
    Ok(match verify_own_password((&shopper.db, &shopper.redis), &from, user, password).await? {
        PasswordCheck::Correct(_) => None,
        PasswordCheck::Wrong => {
            SecurityEvent::ReauthenticationFailed.record(&shopper.http, about, "own_data");
            Some(Refused::Wrong)
        }
        PasswordCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(&shopper.http, about, "own_data");
            Some(Refused::RetryAfter(seconds))
        }
    })
}

impl Refused {
    /// Responds with the page and the error at `field`, the form field of the password.
    fn answer(self, mut shown: DataPage, field: &'static str) -> PageResult {
        let t = shown.page.t;
        match self {
            Self::Wrong => {
                shown.form.fail(field, t.password_wrong());
                unprocessable(&shown)
            }
            Self::RetryAfter(seconds) => {
                shown.refusal = Some(t.error_too_many(seconds.div_ceil(60)));
                too_many(&shown, seconds)
            }
        }
    }
}

impl DataPage {
    async fn of(shopper: ShopperRequest, form: Form) -> Result<Self, PageError> {
        let retention_years = retention_years(&shopper.db).await?;
        let is_staff = shopper.user.role() > Role::Shopper;
        Ok(Self { page: shopper.page, form, open: OpenMatters::default(), refusal: None, retention_years, is_staff })
    }

    fn why(&self, order: &OpenOrder) -> &'static str {
        order.reason.words(&self.page.t)
    }
}

impl OpenReason {
    /// Returns a sentence that says why the order keeps the shopper from being erased.
    pub fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Status => t.erasure_open_status(),
            Self::CashDue => t.erasure_open_cash(),
            Self::Payment => t.erasure_open_payment(),
            Self::Refund => t.erasure_open_refund(),
            Self::Return => t.erasure_open_return(),
        }
    }
}
