//! Handlers of the search: its page, and suggestions while somebody types.

use actix_web::{HttpResponse, http::header, rt, web::Data};
use askama::Template;

use super::{Completeness, Purpose, Query, SearchError, misses::record_miss, ranking::MAX_MATCHES};
use crate::{
    catalog::{
        model::ProductCard,
        pages::Sorting,
        rules::Sort,
        storefront::{Catalog, SearchResults},
    },
    config::Config,
    platform::{
        clock,
        db::{Db, DbError, Share},
    },
    web::{Asker, Limit, Page, PageError, PageResult, VisitorRequest, filters, html},
};

#[derive(Template)]
#[template(path = "catalog/search.html")]
struct SearchPage {
    page: Page,
    /// What stands in the search field.
    words: String,
    query: Query,
    results: SearchResults,
    sorting: Sorting,
}

impl SearchPage {
    fn is_complete(&self) -> bool {
        self.results.matches.completeness == Completeness::All
    }

    fn has_most_words(&self) -> bool {
        self.results.matches.completeness == Completeness::Most
    }

    /// Returns how many products were found, as a text.
    fn count(&self) -> String {
        let (t, total) = (self.page.t, self.results.matches.total);
        match i64::try_from(total.min(MAX_MATCHES)).unwrap_or_default() {
            shown if total > MAX_MATCHES => t.products_found_best(crate::kernel::thousands(&shown)),
            shown if self.query.text.is_empty() => t.products(shown),
            shown => t.products_found(shown),
        }
    }

    /// Returns the link to a search for exactly what was typed.
    fn literal_link(&self) -> String {
        let mut link = form_urlencoded::Serializer::new("/search?".to_owned());
        link.append_pair("q", &self.query.text).append_pair("exact", "1").finish()
    }
}

/// `GET /search`: a page of the products that match the words in `q`, or of all products without words; reads `sort`,
/// `page`, and `exact`, with which no word is replaced by another.
pub async fn search_page(visitor: VisitorRequest, catalog: Data<Catalog>) -> PageResult {
    Limit::Search.hit_if_counted(&visitor.http, &visitor.redis, asker(&visitor.page)).await?;
    let fields = visitor.query();
    let typed = fields.get("q");
    let query = Query::read(typed);
    let is_literal = fields.get("exact") == "1";
    let purpose = if is_literal { Purpose::Literal } else { Purpose::Results };
    let orders: &[Sort] = if query.text.is_empty() { &Sort::OF_CATEGORY } else { &Sort::OF_SEARCH };
    let sort = Sort::among(orders, fields.get("sort"));
    let mut kept = Vec::new();
    if !query.text.is_empty() {
        kept.push(("q", query.text.as_str()));
    }
    if is_literal {
        kept.push(("exact", "1"));
    }
    let sorting = Sorting::new(sort, orders, &kept);
    let (words, language) = (query.text.clone(), visitor.page.language());
    let results = catalog.search(query.clone(), purpose, sort, fields, language).await?;
    if !query.is_empty() && matches!(results.matches.completeness, Completeness::Few | Completeness::Nothing) {
        count_miss(&visitor.db, &visitor.config, words.clone());
    }
    html(&SearchPage { page: visitor.page, words, query, results, sorting })
}

fn asker(page: &Page) -> Asker<'static> {
    page.current_user.as_ref().map_or(Asker::Nobody, |user| Asker::User(user.id))
}

/// Counts a search without a result for the merchant, after the answer. Nothing depends on it.
fn count_miss(db: &Db, config: &Config, words: String) {
    let (db, zone) = (db.sharing(Share::Background), config.zone);
    rt::spawn(async move {
        let counted = db.run(move |conn| Ok::<_, DbError>(record_miss(conn, &words, clock::now(), zone)?)).await;
        if let Err(error) = counted {
            tracing::info!(%error, "a search without a result was not counted");
        }
    });
}

#[derive(Template)]
#[template(path = "catalog/suggestions.html")]
struct Suggestions {
    page: Page,
    /// What is searched, for the last line.
    words: String,
    cards: Vec<ProductCard>,
    /// The address of all results.
    link: String,
}

/// `GET /search/suggestions`: the products that match what is typed in `q` so far, as options of a list box.
pub async fn suggestions(visitor: VisitorRequest, catalog: Data<Catalog>) -> PageResult {
    Limit::Suggestion.hit_if_counted(&visitor.http, &visitor.redis, asker(&visitor.page)).await?;
    let query = Query::read(visitor.query().get("q"));
    if query.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let typed = query.text.clone();
    let (cards, corrected) = catalog.suggestions(query, visitor.page.language()).await?;
    if cards.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let link = form_urlencoded::Serializer::new("/search?".to_owned()).append_pair("q", &typed).finish();
    let words = corrected.unwrap_or(typed);
    let mut response = html(&Suggestions { page: visitor.page, words, cards, link })?;
    let no_index = header::HeaderValue::from_static("noindex");
    response.headers_mut().insert(header::HeaderName::from_static("x-robots-tag"), no_index);
    Ok(response)
}

impl From<SearchError> for PageError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::NotReady => Self::Unavailable(Box::new(error)),
            SearchError::Database(error) => error.into(),
        }
    }
}
