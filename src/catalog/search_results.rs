//! Loads the products that a search has found as a list with filters and pages.

use diesel::PgConnection;

use super::{
    cards::cards,
    listings::{self, FilterFields, ListRequest, ProductListing, Source},
    model::ProductCard,
    rules::{MAX_BESIDE, Sort},
    search::{Completeness, MAX_MATCHES, Matches, Purpose, Query, SearchEngine, SearchError},
};
use crate::kernel::Language;

/// The maximum number of products shown if none has at least half of the words.
const MAX_NEAREST: usize = 12;

/// What a page of search results shows.
#[derive(Clone, Debug)]
pub(super) struct SearchResults {
    /// The ids and number of the products found, without their data.
    pub matches: Matches,
    pub listing: ProductListing,
    /// Bestsellers to show if no product has all words; otherwise empty.
    pub bestsellers: Vec<ProductCard>,
}

/// Loads one page of the products that match a query; of all products if the query is empty.
pub(super) fn search_results(
    conn: &mut PgConnection,
    engine: &SearchEngine,
    query: &Query,
    request: &ListRequest,
    language: Language,
) -> Result<SearchResults, SearchError> {
    if query.text.is_empty() {
        let source = Source::Category(None, request.sort.unwrap_or_default());
        let listing = listings::list(conn, &source, request, language)?;
        return Ok(SearchResults {
            matches: Matches { completeness: Completeness::All, ..Matches::default() },
            listing,
            bestsellers: Vec::new(),
        });
    }
    let purpose = if request.is_literal { Purpose::Literal } else { Purpose::Results };
    // Without a letter or digit there is nothing to look for.
    let mut matches = if query.is_empty() { Matches::default() } else { engine.find(conn, query, purpose)? };
    let mut products = std::mem::take(&mut matches.products);
    let mut request = request.clone();
    if matches.completeness == Completeness::Few {
        products.truncate(MAX_NEAREST);
        request.filters = FilterFields::default();
    }
    let source = Source::Ranked(products, request.sort.filter(|sort| *sort != Sort::Relevance));
    let mut listing = listings::list(conn, &source, &request, language)?;
    listing.cut_at = matches.is_cut.then_some(i64::try_from(MAX_MATCHES).unwrap_or(i64::MAX));
    let mut bestsellers = Vec::new();
    if matches.completeness != Completeness::All {
        let best = listings::best(conn, None, Sort::Bestselling, MAX_BESIDE)?;
        bestsellers = cards(conn, &best, language)?;
    }
    Ok(SearchResults { matches, listing, bestsellers })
}
