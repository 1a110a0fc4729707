//! Types of metrics that several modules use. `prometheus-client` counts them and writes them in the OpenMetrics text
//! format. Modules define their metrics as statics, and register them for each response of `/metrics`.

use prometheus_client::{
    encoding::text,
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Returns the text of all registered metrics, the response of `/metrics`.
pub fn exposition(registry: &Registry) -> String {
    let mut page = String::new();
    // Writing to a string does not fail.
    let _ = text::encode(&mut page, registry);
    page
}

/// Metrics with one label: one metric of the type `M` for each value of that label.
pub type Labeled<V, M> = Family<[(&'static str, V); 1], M>;

/// Counters with one label, whose values are known in advance: each counter is written from the start, even at 0, and
/// counting takes no lock.
#[derive(Debug)]
pub struct Counters {
    family: Labeled<&'static str, Counter>,
    counters: Vec<(&'static str, Counter)>,
}

impl Counters {
    /// Makes a counter for each of `values`. A value that is not among them is counted as the last one.
    pub fn new(label: &'static str, values: &[&'static str]) -> Self {
        let family = Labeled::default();
        let counters = values.iter().map(|value| (*value, family.get_or_create_owned(&[(label, *value)]))).collect();
        Self { family, counters }
    }

    /// Adds one to the counter of this value of the label.
    pub fn add(&self, value: &str) {
        let known = self.counters.iter().find(|(known, _)| *known == value);
        if let Some((_, counter)) = known.or(self.counters.last()) {
            counter.inc();
        }
    }

    /// Returns the counters for the metrics registry.
    pub fn family(&self) -> Labeled<&'static str, Counter> {
        self.family.clone()
    }
}

/// Returns a histogram of how many elements a batch has, with buckets up to 64.
pub fn batch_sizes() -> Histogram {
    Histogram::new(exponential_buckets(1.0, 2.0, 7))
}

pub fn observe_size(sizes: &Histogram, size: usize) {
    sizes.observe(f64::from(u32::try_from(size).unwrap_or(u32::MAX)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::{metrics::gauge::Gauge, registry::Metric};

    fn written(name: &str, metric: impl Metric) -> String {
        let mut registry = Registry::default();
        registry.register(name, "How many", metric);
        exposition(&registry)
    }

    #[test]
    fn counters_and_gauges_are_written_with_their_help() {
        let sold = Counter::<u64>::default();
        sold.inc_by(3);
        sold.inc();
        assert_eq!(written("sold", sold), "# HELP sold How many.\n# TYPE sold counter\nsold_total 4\n# EOF\n");
        let depths = Labeled::<String, Gauge>::default();
        depths.get_or_create(&[("sea", "a\"\\\n".to_owned())]).set(-2);
        assert!(written("depth", depths).ends_with("\ndepth{sea=\"a\\\"\\\\\\n\"} -2\n# EOF\n"));
    }

    #[test]
    fn what_a_label_does_not_know_is_counted_as_its_last_value() {
        let refused = Counters::new("reason", &["gone", "late", "other"]);
        for reason in ["late", "late", "odd", "other"] {
            refused.add(reason);
        }
        let page = written("refused", refused.family());
        for sample in ["{reason=\"gone\"} 0\n", "{reason=\"late\"} 2\n", "{reason=\"other\"} 2\n"] {
            assert!(page.contains(&format!("\nrefused_total{sample}")), "{page}");
        }
    }

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        let sizes = batch_sizes();
        for size in [1, 2, 4, 64, 100] {
            observe_size(&sizes, size);
        }
        let page = written("size", sizes);
        for sample in ["sum 171.0", "count 5", "bucket{le=\"1.0\"} 1", "bucket{le=\"4.0\"} 3", "bucket{le=\"8.0\"} 3"] {
            assert!(page.contains(&format!("\nsize_{sample}\n")), "{page}");
        }
        assert!(page.contains("\nsize_bucket{le=\"64.0\"} 4\nsize_bucket{le=\"+Inf\"} 5\n"), "{page}");
    }
}
