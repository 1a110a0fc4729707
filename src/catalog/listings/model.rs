//! Rows of listings, and what a list of products shows.

use std::sync::Arc;

use super::forms::ListRequest;
use crate::{
    catalog::{model::ProductCard, rules::Sort},
    kernel::{CategoryId, SpuId, codes, thousands},
    platform::db::sql_enum,
};

/// The number of products that a page of a list shows.
pub(super) const PER_PAGE: i64 = 24;
/// The maximum number of products of a category that are filtered and counted: the first in the order of the list.
/// Above it, a list does not say how many products there are. Of a search, all products that it returns are filtered
/// and counted.
pub(crate) const MAX_COUNTED: i64 = 10_000;
/// The last page that can be reached by its number; later pages can only be reached by the link to the next page.
pub(super) const LAST_NUMBERED_PAGE: i64 = (MAX_COUNTED + PER_PAGE - 1) / PER_PAGE;

/// Where the products of a list come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The products of a category and its descendants in this sort order; all products if the category is `None`.
    Category(Option<CategoryId>, Sort),
    /// Products that were found before, the best first, which all are looked at. With a sort, they are sorted by it
    /// instead.
    Ranked(Vec<ListedProduct>, Option<Sort>),
}

/// A product on sale, with all that lists sort and filter it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedProduct {
    pub spu: SpuId,
    /// The lowest price of its SKUs on sale.
    pub price_fen: i64,
    /// The number of units sold in the last 30 days.
    pub sold_30: i64,
    /// When the product was created, in microseconds since 1970.
    pub created_us: i64,
    pub brand: Option<i64>,
    pub in_stock: bool,
    /// In hundredths of a star; 0 without reviews.
    pub rating: i32,
    /// Ids of `facet_values`.
    pub option_values: Arc<[i32]>,
}

/// A product of a list, with the values by which it is sorted and filtered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub spu: SpuId,
    /// The value by which the list is sorted: units sold in 30 days, price in fen, or creation in microseconds since
    /// 1970 (UTC).
    pub key: i64,
    pub price_fen: i64,
    pub brand: Option<i64>,
    pub in_stock: bool,
    /// The average in hundredths of a star; 0 without reviews.
    pub rating: i32,
    /// Ids of `facet_values`.
    pub option_values: Arc<[i32]>,
}

/// The last product of a page, after which the next page begins: the value by which the list is sorted, and the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageKey {
    pub key: i64,
    pub spu: i64,
}

codes! {
    /// The kinds of properties by which lists can be filtered; `All` counts all products.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum FacetKind {
        All = "all",
        Stock = "stock",
        Price = "price",
        Brand = "brand",
        Option = "option",
        Rating = "rating",
    }
}

sql_enum!(FacetKind);

/// How many products have one value of a facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FacetCount {
    pub kind: FacetKind,
    /// The id of a brand or of an option value, the number of a price bracket, the number of stars, or 1 for in stock.
    pub value: i64,
    pub count: i64,
}

/// Something that a list can be filtered by, such as the brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facet {
    pub kind: FacetKind,
    /// The name of an option; empty for the other kinds.
    pub name: String,
    pub values: Vec<FacetValue>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FacetValue {
    pub id: i64,
    /// The name of a brand or an option value; empty for the other kinds.
    pub name: String,
    pub count: i64,
    pub is_chosen: bool,
}

/// One page of a list of products.
#[derive(Clone, Debug)]
pub(crate) struct ProductListing {
    pub cards: Vec<ProductCard>,
    /// The number of products in the list; a number above [`MAX_COUNTED`] means only that there are more than that.
    pub total: i64,
    /// The number of products that were filtered, if it reached the maximum and there may be more matches; otherwise
    /// `None`.
    pub cut_at: Option<i64>,
    pub facets: Vec<Facet>,
    pub pager: ListPager,
}

impl ProductListing {
    /// Formats the number of products that were filtered, with thousands separators; `None` if all were filtered.
    pub fn looked_at(&self) -> Option<String> {
        self.cut_at.as_ref().map(thousands)
    }

    /// Returns whether the list has more than [`MAX_COUNTED`] products.
    pub fn has_more_than_counted(&self) -> bool {
        self.total > MAX_COUNTED
    }
}

/// The links between the pages of a list. All pages are of the same version of the list, so that no product is skipped
/// or shown twice if the list changes meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct ListPager {
    /// The current page, from 1.
    pub page: i64,
    /// The last page that can be reached by its number.
    pub pages: i64,
    /// The version of the list; 0 for search results, which have no versions.
    version: i64,
    /// The last product of this page; `None` if this is the last page.
    next: Option<PageKey>,
    request: ListRequest,
}

impl ListPager {
    pub(super) fn new(request: &ListRequest, total: i64, page: i64, version: i64, next: Option<PageKey>) -> Self {
        let pages = pages(total);
        Self { page, pages, version, next, request: request.clone() }
    }

    /// Returns the URL of the page with this number.
    pub fn to(&self, page: &i64) -> String {
        let mut query = self.request.pairs();
        query.push(("page", page.to_string()));
        if *page > 1 && self.version != 0 {
            query.push(("at", self.version.to_string()));
        }
        link(&query)
    }

    /// Returns the URL of the page before. `None` on the first page, and if the page before has no number.
    pub fn previous(&self) -> Option<String> {
        (self.page > 1 && self.page - 1 <= self.pages).then(|| self.to(&(self.page - 1)))
    }

    pub fn next(&self) -> Option<String> {
        let PageKey { key, spu } = self.next?;
        if self.version == 0 {
            return Some(self.to(&(self.page + 1)));
        }
        let mut query = self.request.pairs();
        query.push(("page", (self.page + 1).to_string()));
        query.push(("at", self.version.to_string()));
        query.push(("after", format!("{key}-{spu}")));
        Some(link(&query))
    }

    /// Returns the page numbers to link to: the first, the last, and two on each side of the current one; `None` marks
    /// a gap.
    pub fn steps(&self) -> Vec<Option<i64>> {
        let around = (self.page - 2).max(1)..=(self.page + 2).min(self.pages);
        let mut steps = Vec::new();
        let mut last = 0;
        for n in [1].into_iter().chain(around).chain([self.pages]) {
            if n <= last {
                continue;
            }
            if n > last + 1 {
                steps.push(None);
            }
            steps.push(Some(n));
            last = n;
        }
        steps
    }
}

/// Returns how many pages of a list of `total` products can be reached by number, at least 1.
pub(super) fn pages(total: i64) -> i64 {
    ((total + PER_PAGE - 1) / PER_PAGE).clamp(1, LAST_NUMBERED_PAGE)
}

/// Returns a link to the current path with these query parameters.
pub(super) fn link(query: &[(&'static str, String)]) -> String {
    format!("?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Fields;

    fn pager(total: i64, page: i64, next: Option<PageKey>) -> ListPager {
        let request = ListRequest::of(&Fields::of_query_string("sort=new&brand=7"), &Sort::OF_CATEGORY);
        ListPager::new(&request, total, page, 55, next)
    }

    #[test]
    fn links_between_pages_keep_the_version_of_the_list() {
        let middle = pager(60, 2, Some(PageKey { key: 9, spu: 3 }));
        assert_eq!(middle.next().as_deref(), Some("?sort=new&brand=7&page=3&at=55&after=9-3"));
        assert_eq!(middle.previous().as_deref(), Some("?sort=new&brand=7&page=1"));
        assert_eq!(middle.steps(), [Some(1), Some(2), Some(3)]);
        assert_eq!(pager(60, 3, None).next(), None);
    }

    #[test]
    fn far_pages_have_no_number() {
        let far = pager(25_000, 500, Some(PageKey { key: 0, spu: 3 }));
        assert_eq!((far.pages, far.previous()), (417, None));
        assert!(far.next().unwrap().contains("page=501&"));
        assert_eq!(pager(25_000, 418, None).previous().as_deref(), Some("?sort=new&brand=7&page=417&at=55"));
    }
}
