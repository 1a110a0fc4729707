//! `/admin/stock`: the stock of all SKUs, filtered and sorted, within a form that changes it.

use askama::Template;
use futures_util::future::try_join;
use std::collections::BTreeMap;

use super::labels;
use crate::{
    accounts::StaffRequest,
    admin::{admin_page::AdminPage, nav_badges::NavBadges},
    catalog::{self, Brand, CategoryNode},
    kernel::{BrandId, SkuId, thousands},
    platform::{clock, db::DbError, random},
    stock::{
        self, BulkStockRow, StaleCount, StockCursor, StockFilter, StockLine, StockListPage, StockSearch, StockSort,
    },
    web::{self, Fields, Form, PageError, PageResult, filters},
};

const PER_PAGE: i64 = 50;
const STOCK: &str = "/admin/stock";

/// The query parameters that filter and sort the list.
const FILTERS: [&str; 5] = ["q", "show", "category", "brand", "sort"];
/// The form fields that say how and why the stock is changed. Links to other pages of the list keep them.
const CHANGE_FIELDS: [&str; 3] = ["how", "reason", "note"];

/// The list of SKUs, within a form that changes the stock of each SKU for which a number is typed.
#[derive(Template)]
#[template(path = "admin/stock/list.html")]
pub(super) struct StockPage {
    page: AdminPage,
    /// The path and query of the filtered list, to which the browser is sent after a successful form.
    here: String,
    query: Fields,
    search: StockSearch,
    tree: Vec<CategoryNode>,
    brands: Vec<Brand>,
    listed: StockListPage,
    lines: Vec<StockLine>,
    /// The fields of the form that say how and why the stock changes, as typed.
    form: Form,
    /// The outcome for each SKU for which a number was typed, if the form was not accepted or changed only some SKUs.
    /// Otherwise empty.
    rows: BTreeMap<SkuId, TypedRow>,
    /// The idempotency token of the form, different each time the page is shown.
    token: String,
}

/// A submitted form of the stock list that was not accepted, or that changed only some of its SKUs.
pub(super) struct TypedChanges {
    /// The fields that are the same for all SKUs: how and why the stock changes.
    pub(super) form: Form,
    /// The outcome for each SKU for which a number was typed.
    pub(super) rows: BTreeMap<SkuId, TypedRow>,
}

/// A SKU in a submitted form of the stock list that is shown again: what was typed for it, and the outcome.
#[derive(Clone, Debug, Default)]
pub(super) struct TypedRow {
    /// The text typed into the field of the SKU; empty if its stock was changed.
    pub(super) typed: String,
    /// The stock and sales (`stock/sales`) that the page showed when the number was typed; `None` for the current ones.
    pub(super) seen: Option<String>,
    /// The message that says why the change was refused; `None` if it was not.
    pub(super) wrong: Option<String>,
    /// Set if staff typed a count and the stock has changed since the page was shown: the page then asks whether they
    /// counted before or after that change.
    pub(super) asked: Option<StaleCount>,
    /// The message that says what was changed; `None` if nothing was.
    pub(super) done: Option<String>,
}

/// `GET /admin/stock`: the stock list.
pub async fn stock(staff: StaffRequest) -> PageResult {
    let (here, query) = (staff.page.path.clone(), staff.query());
    web::html(&StockPage::load(staff, here, &query, None).await?)
}

impl StockPage {
    /// Loads the list for `query`. `here` is the path to show after a form was saved. `typed` is a form that was not
    /// accepted; its SKUs are shown even if they no longer match.
    pub(super) async fn load(
        staff: StaffRequest,
        here: String,
        query: &Fields,
        typed: Option<TypedChanges>,
    ) -> Result<Self, PageError> {
        let (query, language, today) = (query.clone(), staff.page.language(), clock::today(staff.config.zone));
        let (db, by) = (&staff.db, staff.user.id);
        let (typed, rows) = typed.map_or_else(|| (None, BTreeMap::new()), |typed| (Some(typed.form), typed.rows));
        let (words, wanted) = (query.clone(), rows.keys().copied().collect::<Vec<_>>());
        // Independent queries run concurrently, on other connections.
        let filters = db.run(move |conn| {
            let (tree, brands) = (catalog::category_tree(conn, language)?, catalog::brands(conn, language)?);
            Ok::<_, DbError>((tree, brands, stock::prefers_counting(conn, by)?))
        });
        let listing = async |search: StockSearch| {
            db.run(move |conn| {
                let listed = stock::stock_page(conn, &search, PER_PAGE)?;
                let mut shown: Vec<SkuId> = wanted.into_iter().filter(|id| !listed.skus.contains(id)).collect();
                shown.extend(&listed.skus);
                let lines = stock::stock_lines(conn, &shown, language, today)?;
                Ok::<_, DbError>((search, listed, lines))
            })
            .await
        };
        let list = async {
            let search = StockSearch::read(&words);
            if words.get("category").is_empty() && words.get("brand").is_empty() {
                return try_join(filters, listing(search)).await;
            }
            // The codes of the category and the brand must be looked up first.
            let (tree, brands, counts) = filters.await?;
            let search = narrowed(search, &words, &tree, &brands);
            Ok(((tree, brands, counts), listing(search).await?))
        };
        let ((filters, listing), badges) = try_join(list, db.run(NavBadges::load_with)).await?;
        let ((tree, brands, counts), (search, listed, lines)) = (filters, listing);
        if rows.keys().any(|id| lines.iter().all(|line| line.offer.sku_id != *id)) {
            return Err(PageError::NotFound);
        }
        let said = |word: &str| query.get(word).chars().take(500).collect::<String>();
        let kept = || {
            let usual = if counts && said("how").is_empty() { "count".to_owned() } else { said("how") };
            Form::filled([("how", usual), ("reason", said("reason")), ("note", said("note"))])
        };
        let form = typed.unwrap_or_else(kept);
        let (page, token) = (AdminPage::new(staff.page, badges), random::token());
        Ok(Self { page, here, query, search, tree, brands, listed, lines, form, rows, token })
    }

    fn row_of(&self, line: &StockLine) -> Option<&TypedRow> {
        self.rows.get(&line.offer.sku_id)
    }

    /// Returns the label of a SKU's number field for screen readers: name, options and code.
    fn named(&self, line: &StockLine) -> String {
        let offer = &line.offer;
        [offer.name.as_str(), &offer.options, &line.code]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Returns the value of the hidden field with the stock and sales that the page shows for a SKU (`stock/sales`).
    /// While a count must be confirmed, these are the ones that were shown when it was typed.
    fn seen_of(&self, line: &StockLine) -> String {
        let kept = self.row_of(line).and_then(|row| row.seen.clone());
        kept.unwrap_or_else(|| BulkStockRow::expected_field(line.stock, line.sales))
    }

    /// Returns the SKUs whose change was refused, with the messages, in the order of the list.
    fn wrong(&self) -> Vec<(&StockLine, &str)> {
        let wrong = |line| self.row_of(line).and_then(|row| row.wrong.as_deref());
        self.lines.iter().filter_map(|line| Some((line, wrong(line)?))).collect()
    }

    /// Returns a message about how many SKUs of the submitted form were changed; `None` if no form was submitted.
    fn outcome(&self) -> Option<String> {
        let t = self.page.t;
        let done = self.rows.values().filter(|row| row.done.is_some()).count();
        let rest = self.rows.len() - done;
        match (done, self.form.has_errors() || !self.rows.is_empty()) {
            (_, false) => None,
            (0, true) => Some(t.stock_nothing_yet().to_owned()),
            (_, true) => Some(t.stock_some_done(done, rest)),
        }
    }

    fn q(&self) -> String {
        self.query.get("q").chars().take(100).collect()
    }

    /// Returns the current stock and sales of a SKU whose count must be confirmed, as `stock/sales`.
    fn now_of(&self, by: &StaleCount) -> String {
        BulkStockRow::expected_field(by.now, by.sales)
    }

    fn badge(&self, line: &StockLine) -> Option<(&'static str, &'static str)> {
        labels::badge(&self.page.t, &line.status)
    }

    fn reasons(&self) -> Vec<(&'static str, &'static str)> {
        labels::reasons(&self.page.t)
    }

    fn days_left(&self, line: &StockLine) -> Option<String> {
        line.days_left().map(|days| thousands(&days))
    }

    /// Returns a text with the number of matching SKUs.
    fn found(&self) -> String {
        match self.listed.found {
            Some(n) => self.page.t.stock_found(thousands(&n)),
            None if self.is_narrowed() => self.page.t.stock_found_some().to_owned(),
            None => self.page.t.stock_found_many().to_owned(),
        }
    }

    fn filters(&self) -> Vec<(StockFilter, &'static str, String)> {
        let named = |show: StockFilter| (show, labels::show_name(self.page.t, show), self.to("show", show.code()));
        StockFilter::ALL.into_iter().map(named).collect()
    }

    fn sorts(&self) -> Vec<(StockSort, &'static str)> {
        StockSort::ALL.into_iter().map(|sort| (sort, labels::sort_name(self.page.t, sort))).collect()
    }

    /// Returns the URL of the first page of this list with the query parameter `word` set to `value`.
    fn to(&self, word: &str, value: &str) -> String {
        address(STOCK, &self.query, Some((word, value)))
    }

    fn export(&self) -> String {
        address("/admin/stock/export", &self.query, None)
    }

    /// Returns whether the typed numbers are counts; otherwise they are differences.
    fn counts(&self) -> bool {
        self.form.value("how") == "count"
    }

    /// Returns those fields of [`CHANGE_FIELDS`] that are not empty, as (name, value), so that a new search does not
    /// lose them.
    fn kept(&self) -> Vec<(&'static str, &str)> {
        CHANGE_FIELDS
            .into_iter()
            .map(|word| (word, self.query.get(word)))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    fn is_narrowed(&self) -> bool {
        !self.search.is_for_everything()
    }

    fn previous(&self) -> Option<String> {
        let first = self.listed.skus.first().filter(|_| self.listed.before)?;
        Some(self.to("before", &first.to_string()))
    }

    fn next(&self) -> Option<String> {
        let last = self.listed.skus.last().filter(|_| self.listed.after)?;
        Some(self.to("after", &last.to_string()))
    }

    /// Returns the URL of the first page; `None` if this is the first page.
    fn first(&self) -> Option<String> {
        (self.search.cursor != StockCursor::First).then(|| address(STOCK, &self.query, None))
    }
}

/// Narrows the search to the category and the brand whose slugs are in `query`. With an unknown slug nothing matches.
pub(super) fn narrowed(
    mut search: StockSearch,
    query: &Fields,
    tree: &[CategoryNode],
    brands: &[Brand],
) -> StockSearch {
    let (category, brand_slug) = (query.get("category"), query.get("brand"));
    if !category.is_empty() {
        let below = catalog::category_subtree(tree, category).unwrap_or_default();
        search.categories = Some(below.iter().map(|branch| branch.id).collect());
    }
    if !brand_slug.is_empty() {
        let brand = brands.iter().find(|brand| brand.slug == brand_slug);
        search.brand = Some(brand.map_or(BrandId(0), |brand| brand.id));
    }
    search
}

/// Returns the URL of a list with the parameters of `query`; `changed` is (name, new value) of one of them.
fn address(path: &str, query: &Fields, changed: Option<(&str, &str)>) -> String {
    let kept = FILTERS.into_iter().chain(CHANGE_FIELDS).filter(|word| changed.is_none_or(|(name, _)| name != *word));
    let kept = kept.map(|word| (word, query.get(word)));
    let said = kept.chain(changed).filter(|(_, value)| !matches!(*value, "" | "all"));
    let words = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    if words.is_empty() { path.to_owned() } else { format!("{path}?{words}") }
}

/// Returns the URL to show after a form was saved: the value of its field `next`. If that is the stock list, adds the
/// fields `how`, `reason` and `note` as parameters, unless they have their default values.
pub(super) fn back(form: &Form) -> String {
    let next = web::local_path(form.value("next")).unwrap_or(STOCK);
    let (path, query) = next.split_once('?').unwrap_or((next, ""));
    if path != STOCK {
        return next.to_owned();
    }
    let query = Fields::of_query_string(query);
    let stays = query.pairs().filter(|(word, _)| !CHANGE_FIELDS.contains(word));
    let usual = |word: &str| matches!(word, "difference" | stock::ChangeReason::BY_AMOUNT | "");
    let said = CHANGE_FIELDS.map(|word| (word, form.value(word))).into_iter().filter(|(_, value)| !usual(value));
    let words = form_urlencoded::Serializer::new(String::new()).extend_pairs(stays.chain(said)).finish();
    if words.is_empty() { STOCK.to_owned() } else { format!("{STOCK}?{words}") }
}
