//! Parses the query string of a list: its sort order, filters and page. Unknown values, and values above a limit, are
//! ignored.

use super::model::PageKey;
use crate::{
    catalog::rules::Sort,
    kernel::{Money, Stars},
    platform::clock,
    web::Fields,
};

/// The maximum number of brands, and of option values, by which a list is filtered.
const MAX_VALUES: usize = 20;
/// The age up to which a version of a list can be read, in microseconds; `delete_ended_listings` keeps versions a
/// little longer.
const MAX_AGE_US: i64 = 3_600_000_000;

/// The filters of a query string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterFields {
    /// Ids of brands.
    pub brands: Vec<i64>,
    /// Ids of option values.
    pub values: Vec<i64>,
    pub price_from: Option<Money>,
    pub price_to: Option<Money>,
    pub in_stock: bool,
    pub stars: Option<Stars>,
}

impl FilterFields {
    fn of(query: &Fields) -> Self {
        let ids = |name: &str| {
            let mut ids: Vec<i64> = query.all(name).filter_map(|id| id.parse().ok()).filter(|id| *id > 0).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.truncate(MAX_VALUES);
            ids
        };
        let price = |name| Money::typed(query.get(name)).ok().filter(|_| !query.get(name).is_empty());
        Self {
            brands: ids("brand"),
            values: ids("value"),
            price_from: price("price_from"),
            price_to: price("price_to"),
            in_stock: query.get("in_stock") == "1",
            stars: query.get("stars").parse().ok(),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the filters as query parameters in a fixed order and spelling, so that the same filters give the same
    /// URL.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> = Vec::new();
        pairs.extend(self.brands.iter().map(|id| ("brand", id.to_string())));
        pairs.extend(self.values.iter().map(|id| ("value", id.to_string())));
        pairs.extend(self.price_from.map(|price| ("price_from", price.plain())));
        pairs.extend(self.price_to.map(|price| ("price_to", price.plain())));
        if self.in_stock {
            pairs.push(("in_stock", "1".to_owned()));
        }
        pairs.extend(self.stars.map(|stars| ("stars", stars.get().to_string())));
        pairs
    }
}

/// The sort order, filters and page that a query string asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListRequest {
    /// The words of a search, which all links of the list repeat; empty for a list that is not a search.
    pub words: String,
    /// True if the search must not replace words that may be misspelt.
    pub is_literal: bool,
    pub sort: Option<Sort>,
    pub filters: FilterFields,
    /// The page number, from 1.
    pub page: i64,
    /// The version of the list to read, in microseconds since 1970 (UTC); `None` for the newest.
    pub at: Option<i64>,
    pub after: Option<PageKey>,
}

impl ListRequest {
    /// Reads the query string. A sort order that is not among `sorts` is ignored.
    pub fn of(query: &Fields, sorts: &[Sort]) -> Self {
        let oldest = clock::now().timestamp_micros() - MAX_AGE_US;
        Self {
            words: String::new(),
            is_literal: query.get("exact") == "1",
            sort: Sort::from_code(query.get("sort")).filter(|sort| sorts.contains(sort)),
            filters: FilterFields::of(query),
            page: query.get("page").parse().unwrap_or(1).clamp(1, 1_000_000_000),
            at: query.get("at").parse().ok().filter(|at| *at > oldest),
            after: page_key(query.get("after")),
        }
    }

    /// Returns the query parameters that links of the list repeat: words, sort order and filters.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.unfiltered_pairs();
        pairs.extend(self.filters.pairs());
        pairs
    }

    /// Returns the words and the sort order as query parameters.
    pub fn unfiltered_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.words.is_empty() {
            pairs.push(("q", self.words.clone()));
            pairs.extend(self.is_literal.then(|| ("exact", "1".to_owned())));
        }
        pairs.extend(self.sort.map(|sort| ("sort", sort.code().to_owned())));
        pairs
    }
}

fn page_key(code: &str) -> Option<PageKey> {
    let (key, spu) = code.split_once('-')?;
    let number = |digits: &str| digits.parse().ok().filter(|number: &i64| *number >= 0);
    Some(PageKey { key: number(key)?, spu: number(spu)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> ListRequest {
        ListRequest::of(&Fields::of_query_string(query), &Sort::OF_CATEGORY)
    }

    #[test]
    fn filters_have_one_form() {
        let typed = "brand=9&brand=7&brand=9&value=3&price_from=10&price_to=20.50&in_stock=1&stars=4&sort=new&junk=1";
        let pairs = super::super::model::link(&read(typed).pairs());
        assert_eq!(pairs, "?sort=new&brand=7&brand=9&value=3&price_from=10.00&price_to=20.50&in_stock=1&stars=4");
        assert_eq!(read(pairs.trim_start_matches('?')).filters, read(typed).filters);
    }

    #[test]
    fn what_is_no_filter_is_ignored() {
        let junk = "brand=x&brand=-1&brand=&value=0&price_from=&price_to=cheap&in_stock=yes&stars=9&sort=x&page=-4";
        assert!(read(junk).filters.is_empty());
        assert_eq!((read(junk).page, read(junk).sort), (1, None));
        assert_eq!(read("sort=price_down").sort, Some(Sort::PriceDown));
        assert_eq!(read("sort=relevance").sort, None, "only the results of a search have it");
        let many: String = (1..100).map(|id| format!("brand={id}&")).collect();
        assert_eq!(read(&many).filters.brands.len(), MAX_VALUES);
    }

    #[test]
    fn a_page_key_is_read_as_it_was_written() {
        assert_eq!(page_key("9-3"), Some(PageKey { key: 9, spu: 3 }));
        for junk in ["", "9", "-9-3", "9--3", "9-x", "99999999999999999999-1"] {
            assert_eq!(page_key(junk), None, "{junk}");
        }
    }

    #[test]
    fn an_old_version_is_not_asked_for() {
        let now = clock::now().timestamp_micros();
        assert_eq!(read(&format!("at={now}")).at, Some(now));
        assert_eq!(read("at=1").at, None);
        assert_eq!(read(&format!("at={}", now - MAX_AGE_US - 1)).at, None);
    }
}
