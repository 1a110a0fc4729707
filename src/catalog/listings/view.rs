//! The filters of a list as its page shows them, and the texts for chosen filters.

use super::{
    forms::ListRequest,
    model::{Facet, FacetKind, FacetValue, ProductListing, link},
    rules::bracket_prices,
};
use crate::{
    catalog::rules::Sort,
    kernel::{Money, Stars},
    messages::Messages,
};

/// A chosen filter, shown as `words`; `without` is the link to the list without this filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chip {
    pub words: String,
    pub without: String,
}

/// A value of a filter. `value` is the URL of a link or the value of a form field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub value: String,
    pub words: String,
    pub count: i64,
    pub is_chosen: bool,
}

/// The choices of one filter. They are the values of the form field `field`, or, if that is empty, links that each add
/// a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChoiceGroup {
    pub title: String,
    pub field: &'static str,
    pub choices: Vec<Choice>,
}

impl ChoiceGroup {
    pub fn has_choice(&self) -> bool {
        self.choices.iter().any(|choice| choice.is_chosen)
    }
}

/// Everything that the page of a list shows of its filters.
#[derive(Clone, Debug)]
pub(crate) struct FilterView {
    pub groups: Vec<ChoiceGroup>,
    pub chips: Vec<Chip>,
    /// True if any filter is chosen, even one without a chip because its brand or value does not exist.
    pub is_filtered: bool,
    /// The query parameters that the filter form repeats as hidden fields: words and sort order.
    pub kept: Vec<(&'static str, String)>,
    pub price_from: String,
    pub price_to: String,
    /// The URL of the list without filters.
    pub clear: String,
}

impl FilterView {
    pub fn new(request: &ListRequest, facets: &[Facet], t: Messages) -> Self {
        let plain = |price: Option<Money>| price.map_or(String::new(), Money::plain);
        Self {
            groups: facets.iter().filter_map(|facet| group(facet, request, t)).collect(),
            chips: chips(request, facets, t),
            is_filtered: !request.filters.is_empty(),
            kept: request.unfiltered_pairs(),
            price_from: plain(request.filters.price_from),
            price_to: plain(request.filters.price_to),
            clear: link(&request.unfiltered_pairs()),
        }
    }
}

/// A list of products with its sort orders and filters.
pub(crate) struct ListView {
    pub listing: ProductListing,
    pub filters: FilterView,
    /// The sort orders that the page offers.
    pub sorts: &'static [Sort],
    pub sort: Sort,
    /// The query parameters that links to other sort orders repeat, such as `q=tea&brand=3&`; empty or ending with `&`.
    pub other_parameters: String,
}

impl ListView {
    /// Prepares a list for its page. `sorts` are the sort orders that the page offers, the default first.
    pub fn new(listing: ProductListing, request: &ListRequest, sorts: &'static [Sort], t: Messages) -> Self {
        let filters = FilterView::new(request, &listing.facets, t);
        let unsorted = ListRequest { sort: None, ..request.clone() };
        let mut other_parameters =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(unsorted.pairs()).finish();
        if !other_parameters.is_empty() {
            other_parameters.push('&');
        }
        let sort = request.sort.or_else(|| sorts.first().copied()).unwrap_or_default();
        Self { listing, filters, sorts, sort, other_parameters }
    }

    /// Formats the number of products in the list, with its noun.
    pub fn count(&self, t: &Messages) -> String {
        if self.listing.has_more_than_counted() { t.products_more().to_owned() } else { t.products(self.listing.total) }
    }
}

fn group(facet: &Facet, request: &ListRequest, t: Messages) -> Option<ChoiceGroup> {
    let (title, field) = match facet.kind {
        FacetKind::All => return None,
        FacetKind::Stock => (t.stock_facet().to_owned(), "in_stock"),
        FacetKind::Price => (t.price().to_owned(), ""),
        FacetKind::Brand => (t.brand().to_owned(), "brand"),
        FacetKind::Option => (facet.name.clone(), "value"),
        FacetKind::Rating => (t.rating_facet().to_owned(), "stars"),
    };
    let mut choices: Vec<Choice> = facet.values.iter().map(|value| choice(facet.kind, value, request, t)).collect();
    choices.retain(|choice| choice.count > 0 || choice.is_chosen);
    (!choices.is_empty()).then_some(ChoiceGroup { title, field, choices })
}

fn choice(kind: FacetKind, value: &FacetValue, request: &ListRequest, t: Messages) -> Choice {
    let FacetValue { id, name, count, is_chosen } = value.clone();
    let (value, words) = match kind {
        FacetKind::Price => {
            let (lowest, highest) = bracket_prices(id);
            let (lowest, highest) = (Some(of_fen(lowest)).filter(|price| !price.is_zero()), highest.map(of_fen));
            let mut asked = request.clone();
            (asked.filters.price_from, asked.filters.price_to) = (lowest, highest);
            (link(&asked.pairs()), price_words(lowest, highest, t))
        }
        FacetKind::Rating => (id.to_string(), t.stars_or_more(id)),
        FacetKind::Stock => (id.to_string(), t.only_in_stock().to_owned()),
        _ => (id.to_string(), name),
    };
    Choice { value, words, count, is_chosen }
}

fn of_fen(fen: i64) -> Money {
    Money::new(rust_decimal::Decimal::new(fen, 2)).unwrap_or(Money::MAX)
}

fn price_words(lowest: Option<Money>, highest: Option<Money>, t: Messages) -> String {
    match (lowest, highest) {
        (Some(lowest), Some(highest)) => t.price_between(lowest, highest),
        (None, Some(highest)) => t.price_at_most(highest),
        (lowest, None) => t.price_at_least(lowest.unwrap_or(Money::ZERO)),
    }
}

/// Returns a chip for each chosen filter, except for brands and option values that do not exist.
fn chips(request: &ListRequest, facets: &[Facet], t: Messages) -> Vec<Chip> {
    let filters = &request.filters;
    let mut chips = Vec::new();
    let mut add = |words: String, change: &dyn Fn(&mut ListRequest)| {
        let mut without = request.clone();
        change(&mut without);
        chips.push(Chip { words, without: link(&without.pairs()) });
    };
    for facet in facets {
        for FacetValue { id, name, .. } in facet.values.iter().filter(|value| value.is_chosen) {
            match facet.kind {
                FacetKind::Brand => add(name.clone(), &|r| r.filters.brands.retain(|brand| brand != id)),
                FacetKind::Option => {
                    add(t.option_is(&facet.name, name), &|r| r.filters.values.retain(|value| value != id));
                }
                _ => {}
            }
        }
    }
    if filters.price_from.is_some() || filters.price_to.is_some() {
        add(price_words(filters.price_from, filters.price_to, t), &|r| {
            (r.filters.price_from, r.filters.price_to) = (None, None);
        });
    }
    if filters.in_stock {
        add(t.only_in_stock().to_owned(), &|r| r.filters.in_stock = false);
    }
    if let Some(stars) = filters.stars {
        add(t.stars_or_more(i64::from(Stars::get(stars))), &|r| r.filters.stars = None);
    }
    chips
}
