//! The stock room: how many of each SKU there are.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use super::counter::Counter;
use crate::{
    accounts::Staff,
    kernel::SkuId,
    platform::db::{Db, DbError},
    stock::{self, Counts, Level, Reason, Search, Show, StockLine},
    web::{self, Fields, Form, Page, PageError, Paging, Text},
};

/// How many SKUs a page lists.
const PER_PAGE: i64 = 50;

/// The list of SKUs, each with a form that changes its stock.
#[derive(Template)]
#[template(path = "admin/stock.html")]
pub(super) struct StockPage {
    page: Page,
    counter: Counter,
    /// Where the list is, as it is filtered: where a form comes back to.
    here: String,
    q: String,
    show: Show,
    counts: Counts,
    lines: Vec<StockLine>,
    paging: Paging,
    /// What was typed for one of the SKUs and could not be done.
    failed: Option<(SkuId, Form)>,
    blank: Form,
}

/// `GET /admin/stock`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn stock(_: Staff, page: Page, req: HttpRequest, db: Data<Db>) -> Result<HttpResponse, PageError> {
    let here = page.path.clone();
    web::html(&StockPage::load(page, here, &Fields::of_query(&req), &db, None).await?)
}

impl StockPage {
    /// The list that `query` asks for. The SKU of a form that failed is on it wherever it belongs by now.
    pub(super) async fn load(
        page: Page,
        here: String,
        query: &Fields,
        db: &Db,
        failed: Option<(SkuId, Form)>,
    ) -> Result<Self, PageError> {
        let (search, words, language) = (Search::read(query), query.clone(), page.language());
        let wanted = failed.as_ref().map(|(sku, _)| *sku);
        let show = search.show;
        let (counts, paging, lines) = db
            .run(move |conn| {
                let asked = words.get("page").parse().unwrap_or(1);
                let (counts, mut lines) = stock::stock_page(conn, &search, (asked, PER_PAGE), language)?;
                let paging = Paging::new(&words, &["q", "show"], counts.of(search.show), PER_PAGE).at("/admin/stock");
                if let Some(id) = wanted.filter(|id| lines.iter().all(|line| line.offer.sku_id != *id)) {
                    lines.insert(0, stock::stock_line(conn, id, language)?.ok_or(DbError::Missing)?);
                }
                Ok::<_, DbError>((counts, paging, lines))
            })
            .await?;
        let counter = Counter::load(db).await?;
        let q = query.get("q").chars().take(100).collect();
        Ok(Self { page, counter, here, q, show, counts, lines, paging, failed, blank: Form::default() })
    }

    /// What the form of a line says: what was typed there if it failed, nothing otherwise.
    fn form_of(&self, line: &StockLine) -> &Form {
        let failed = self.failed.as_ref().filter(|(sku, _)| *sku == line.offer.sku_id);
        failed.map_or(&self.blank, |(_, form)| form)
    }

    fn filters(&self) -> Vec<(Show, &'static str, i64, String)> {
        let t = self.page.t;
        let names = [t.stock_show_all(), t.stock_show_low(), t.stock_show_out()];
        let address = |show: Show| {
            let words = [("q", self.q.as_str()), ("show", if show == Show::All { "" } else { show.code() })];
            let said = words.into_iter().filter(|(_, value)| !value.is_empty());
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
            if query.is_empty() { "/admin/stock".to_owned() } else { format!("/admin/stock?{query}") }
        };
        Show::ALL.into_iter().zip(names).map(|(show, name)| (show, name, self.counts.of(show), address(show))).collect()
    }
}

/// The reasons staff can give, by code and name.
pub(super) fn reasons(t: &Text) -> Vec<(&'static str, &'static str)> {
    Reason::OF_STAFF.into_iter().map(|reason| (reason.code(), reason_name(*t, Some(reason)))).collect()
}

/// A reason by name; none is a sale.
pub(super) fn reason_name(t: Text, reason: Option<Reason>) -> &'static str {
    match reason {
        None => t.reason_sale(),
        Some(Reason::Delivery) => t.reason_delivery(),
        Some(Reason::Damage) => t.reason_damage(),
        Some(Reason::Count) => t.reason_count(),
        Some(Reason::Return) => t.reason_return(),
        Some(Reason::Correction) => t.reason_correction(),
        Some(Reason::Import) => t.reason_import(),
        Some(Reason::Cancellation) => t.reason_cancellation(),
    }
}

/// How a level is marked: the badge's class and what it says.
pub(super) fn badge(t: &Text, level: &Level) -> Option<(&'static str, &'static str)> {
    match level {
        Level::Out => Some(("badge-danger", t.sold_out())),
        Level::Low => Some(("badge-low", t.stock_low())),
        Level::NotOnSale => Some(("", t.stock_not_on_sale())),
        Level::Enough => None,
    }
}
