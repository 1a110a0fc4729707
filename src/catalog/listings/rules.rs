//! Decides which products of a list meet its filters, and counts how many would be left for each value of a facet.

use std::{collections::HashSet, ops::RangeInclusive};

use super::model::{Candidate, FacetCount, FacetKind, PageKey};

/// The lower bounds of the price brackets in fen, without that of the first, which is 0. The SQL function
/// `price_bracket` has the same bounds.
pub(super) const BRACKETS_FEN: [i64; 10] =
    [1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

/// The chosen values of one option, and all values of the same option; ids of `facet_values`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OptionFilter {
    pub chosen: HashSet<i32>,
    pub all: HashSet<i32>,
}

/// The filters of a list. A product must meet all of them: have one of the brands, one of the chosen values of each
/// option, and so on. An empty filter allows every product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filters {
    pub brands: HashSet<i64>,
    pub options: Vec<OptionFilter>,
    pub price_fen: Option<RangeInclusive<i64>>,
    pub in_stock: bool,
    /// The minimum rating in stars; 0 allows every product.
    pub stars: i32,
}

/// A filter that a product does not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Miss {
    Brand,
    Option(usize),
    Price,
    Stock,
    Rating,
}

impl Filters {
    /// Returns the filters that a product does not meet, the first two at most. (`None`, `None`) if it meets all.
    fn misses(&self, of: &Candidate) -> (Option<Miss>, Option<Miss>) {
        let mut misses = (None, None);
        let mut miss = |miss| match misses.0 {
            None => misses.0 = Some(miss),
            Some(_) => misses.1 = Some(miss),
        };
        if !self.brands.is_empty() && !of.brand.is_some_and(|brand| self.brands.contains(&brand)) {
            miss(Miss::Brand);
        }
        for (place, option) in self.options.iter().enumerate() {
            if !of.option_values.iter().any(|value| option.chosen.contains(value)) {
                miss(Miss::Option(place));
            }
        }
        if self.price_fen.as_ref().is_some_and(|range| !range.contains(&of.price_fen)) {
            miss(Miss::Price);
        }
        if self.in_stock && !of.in_stock {
            miss(Miss::Stock);
        }
        if of.rating < self.stars * 100 {
            miss(Miss::Rating);
        }
        misses
    }
}

/// The products that meet the filters, in the order of the candidates, and the counts of the facets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrowed {
    pub found: Vec<PageKey>,
    pub counts: Vec<FacetCount>,
}

/// Filters products and counts facet values. The count of a value is the number of products that would be found if it
/// were the only value chosen in its facet. So a product counts in a facet if it meets the filters of all other facets.
pub(super) fn narrow(candidates: &[Candidate], filters: &Filters) -> Narrowed {
    let mut found = Vec::new();
    let mut tally = Tally::default();
    for candidate in candidates {
        match filters.misses(candidate) {
            (None, _) => {
                found.push(PageKey { key: candidate.key, spu: candidate.spu.0 });
                tally.add_all(candidate);
            }
            (Some(miss), None) => tally.add_missed(candidate, miss, filters),
            (Some(_), Some(_)) => {}
        }
    }
    Narrowed { found, counts: tally.counts() }
}

/// The facet values of products that meet all filters of the other facets. A value occurs once for each such product
/// that has it.
#[derive(Default)]
struct Tally {
    brands: Vec<i64>,
    option_values: Vec<i64>,
    prices: Vec<i64>,
    stars: Vec<i64>,
    in_stock: i64,
}

impl Tally {
    fn add_all(&mut self, of: &Candidate) {
        self.brands.extend(of.brand);
        self.option_values.extend(of.option_values.iter().map(|value| i64::from(*value)));
        self.prices.push(bracket(of.price_fen));
        self.stars.extend(1..=i64::from(of.rating / 100));
        self.in_stock += i64::from(of.in_stock);
    }

    fn add_missed(&mut self, of: &Candidate, miss: Miss, filters: &Filters) {
        match miss {
            Miss::Brand => self.brands.extend(of.brand),
            Miss::Option(place) => {
                let Some(option) = filters.options.get(place) else { return };
                let values = of.option_values.iter().filter(|value| option.all.contains(value));
                self.option_values.extend(values.map(|value| i64::from(*value)));
            }
            Miss::Price => self.prices.push(bracket(of.price_fen)),
            Miss::Stock => self.in_stock += i64::from(of.in_stock),
            Miss::Rating => self.stars.extend(1..=i64::from(of.rating / 100)),
        }
    }

    fn counts(self) -> Vec<FacetCount> {
        let mut counts = Vec::new();
        if self.in_stock > 0 {
            counts.push(FacetCount { kind: FacetKind::Stock, value: 1, count: self.in_stock });
        }
        for (kind, values) in [
            (FacetKind::Price, self.prices),
            (FacetKind::Brand, self.brands),
            (FacetKind::Option, self.option_values),
            (FacetKind::Rating, self.stars),
        ] {
            counts.extend(count_each(values).into_iter().map(|(value, count)| FacetCount { kind, value, count }));
        }
        counts
    }
}

/// Returns each value once as (value, number of occurrences), in ascending order.
fn count_each(mut values: Vec<i64>) -> Vec<(i64, i64)> {
    values.sort_unstable();
    let runs = values.chunk_by(|a, b| a == b);
    runs.filter_map(|run| Some((*run.first()?, i64::try_from(run.len()).ok()?))).collect()
}

/// Returns the index of the price bracket that contains a price, from 0.
pub(super) fn bracket(price_fen: i64) -> i64 {
    i64::try_from(BRACKETS_FEN.partition_point(|bound| *bound <= price_fen)).unwrap_or_default()
}

/// Returns the lowest and the highest price of a bracket in fen, both inclusive; the highest is `None` for the last
/// bracket.
pub(crate) fn bracket_prices(bracket: i64) -> (i64, Option<i64>) {
    let bound = |place: i64| usize::try_from(place).ok().and_then(|place| BRACKETS_FEN.get(place)).copied();
    (bound(bracket - 1).unwrap_or_default(), bound(bracket).map(|next| next - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::SpuId;

    fn product(spu: i64, price_fen: i64, brand: i64, option_values: &[i32]) -> Candidate {
        Candidate {
            spu: SpuId(spu),
            key: 100 - spu,
            price_fen,
            brand: Some(brand),
            in_stock: spu % 2 == 1,
            rating: if spu == 1 { 450 } else { 0 },
            option_values: option_values.into(),
        }
    }

    /// Four products. Colors are the values 1 and 2, sizes 11 and 12.
    fn products() -> Vec<Candidate> {
        vec![
            product(1, 1_500, 7, &[1, 11]),
            product(2, 1_500, 7, &[2, 11, 12]),
            product(3, 9_000, 8, &[1, 2, 12]),
            product(4, 9_000, 9, &[]),
        ]
    }

    fn color(chosen: &[i32]) -> OptionFilter {
        OptionFilter { chosen: chosen.iter().copied().collect(), all: [1, 2].into() }
    }

    fn found(filters: &Filters) -> Vec<i64> {
        narrow(&products(), filters).found.into_iter().map(|key| key.spu).collect()
    }

    fn count(filters: &Filters, kind: FacetKind, value: i64) -> i64 {
        let counts = narrow(&products(), filters).counts;
        counts.iter().find(|count| count.kind == kind && count.value == value).map_or(0, |count| count.count)
    }

    #[test]
    fn without_filters_everything_is_found_and_counted() {
        let all = Filters::default();
        assert_eq!(found(&all), [1, 2, 3, 4]);
        let counted = |kind, value| count(&all, kind, value);
        assert_eq!([counted(FacetKind::Brand, 7), counted(FacetKind::Brand, 8)], [2, 1]);
        assert_eq!([counted(FacetKind::Option, 1), counted(FacetKind::Option, 12)], [2, 2]);
        assert_eq!([counted(FacetKind::Stock, 1), counted(FacetKind::Rating, 4)], [2, 1]);
        assert_eq!([counted(FacetKind::Rating, 5), counted(FacetKind::Price, bracket(1_500))], [0, 2]);
    }

    #[test]
    fn values_of_one_facet_add_and_facets_narrow() {
        let brands = Filters { brands: [7, 8].into(), ..Filters::default() };
        assert_eq!(found(&brands), [1, 2, 3]);
        let red = Filters { options: vec![color(&[1])], ..brands.clone() };
        assert_eq!(found(&red), [1, 3]);
        assert_eq!(found(&Filters { options: vec![color(&[1, 2])], ..brands }), [1, 2, 3]);
        assert_eq!(found(&Filters { price_fen: Some(1_000..=2_000), in_stock: true, ..Filters::default() }), [1]);
        assert_eq!(found(&Filters { stars: 4, ..Filters::default() }), [1]);
    }

    #[test]
    fn a_facet_counts_what_its_other_values_would_find() {
        let filters = Filters { brands: [8].into(), options: vec![color(&[1])], ..Filters::default() };
        assert_eq!(found(&filters), [3]);
        // The other brand with this color, and the other color of this brand.
        assert_eq!([count(&filters, FacetKind::Brand, 7), count(&filters, FacetKind::Option, 2)], [1, 1]);
        // Sizes only of what is found.
        assert_eq!([count(&filters, FacetKind::Option, 11), count(&filters, FacetKind::Option, 12)], [0, 1]);
    }

    #[test]
    fn prices_stand_in_the_bracket_that_says_so() {
        assert_eq!([bracket(0), bracket(999), bracket(1_000), bracket(1_000_000)], [0, 0, 1, 10]);
        assert_eq!([bracket_prices(0), bracket_prices(1)], [(0, Some(999)), (1_000, Some(1_999))]);
        assert_eq!(bracket_prices(10), (1_000_000, None));
    }
}
