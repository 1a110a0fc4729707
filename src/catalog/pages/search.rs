//! Handlers of the search page, and of the suggestions shown while a visitor types.

use actix_web::{HttpResponse, http::header, rt, web::Data};
use askama::Template;

use super::seen::seen_before;
use crate::{
    catalog::{
        listings::{ListRequest, ListView},
        model::ProductCard,
        rules::Sort,
        search::{Completeness, Matches, Query, SearchError, record_miss},
        search_results::SearchResults,
        storefront::Catalog,
    },
    config::Config,
    kernel::thousands,
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
    /// The text in the search field.
    words: String,
    query: Query,
    /// The ids and number of the products found, without their data.
    matches: Matches,
    list: ListView,
    bestsellers: Vec<ProductCard>,
    /// Products whose pages the visitor has opened before; empty unless the search found nothing.
    seen: Vec<ProductCard>,
}

impl SearchPage {
    /// Whether what was found is a list that can be sorted and filtered.
    fn has_list(&self) -> bool {
        self.matches.completeness.is_found()
    }

    fn has_most_words(&self) -> bool {
        self.matches.completeness == Completeness::Most
    }

    /// Formats the number of products found.
    fn count(&self) -> String {
        let t = self.page.t;
        if self.query.text.is_empty() {
            self.list.count(&t)
        } else if let Some(shown) = self.list.listing.looked_at().filter(|_| !self.list.filters.is_filtered) {
            let total = i64::try_from(self.matches.total).unwrap_or(i64::MAX);
            t.products_found_best(thousands(&total), shown)
        } else {
            t.products_found(self.list.listing.total)
        }
    }

    /// Returns the link to the same search without replacing misspelt words.
    fn literal_link(&self) -> String {
        let mut link = form_urlencoded::Serializer::new("/search?".to_owned());
        link.append_pair("q", &self.query.text).append_pair("exact", "1").finish()
    }
}

/// `GET /search`: a page of the products that match the words in `q`, or of all products if `q` is empty. Reads the
/// sort order, filters and page number of the list from the query. With `exact=1`, no word is replaced by one of
/// similar spelling.
pub async fn search_page(visitor: VisitorRequest, catalog: Data<Catalog>) -> PageResult {
    Limit::Search.hit_if_counted(&visitor.http, &visitor.redis, asker(&visitor.page)).await?;
    let fields = visitor.query();
    let query = Query::read(fields.get("q"));
    let sorts: &[Sort] = if query.text.is_empty() { &Sort::OF_CATEGORY } else { &Sort::OF_SEARCH };
    let words = query.text.clone();
    let request = ListRequest { words: words.clone(), ..ListRequest::of(&fields, sorts) };
    let found = catalog.search(query.clone(), request.clone(), visitor.page.language()).await?;
    let SearchResults { matches, listing, bestsellers } = found;
    let mut seen = Vec::new();
    if !matches.completeness.is_found() {
        seen = catalog.cards(seen_before(&visitor.http, &[]), visitor.page.language()).await?;
        if !query.is_empty() {
            count_miss(&visitor.db, &visitor.config, words.clone());
        }
    }
    let list = ListView::new(listing, &request, sorts, visitor.page.t);
    html(&SearchPage { page: visitor.page, words, query, matches, list, bestsellers, seen })
}

fn asker(page: &Page) -> Asker<'static> {
    page.current_user.as_ref().map_or(Asker::Nobody, |user| Asker::User(user.id))
}

/// Records a search that found nothing for the statistics of staff, in a task after the response; an error is only
/// logged.
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
    /// The text that is searched, for the link to all results below the suggestions.
    words: String,
    cards: Vec<ProductCard>,
    /// The URL of the page with all results.
    link: String,
}

/// `GET /search/suggestions`: HTML options of a list box with the products that match the text in `q`, of which the
/// last word may be incomplete. 204 without content if `q` is empty.
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
