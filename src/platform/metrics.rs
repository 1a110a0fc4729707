//! Metrics in the Prometheus text format 0.0.4. Counting takes one to three atomic additions, no lock and no
//! allocation. Modules define their metrics as statics and list them for the `/metrics` page.

use std::{
    fmt::{Display, Write},
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

pub trait Metric: Sync {
    fn write(&self, page: &mut Exposition);
}

pub struct Counter {
    name: &'static str,
    help: &'static str,
    count: AtomicU64,
}

impl Counter {
    /// Makes a counter; `name` must end with `_total`.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, count: AtomicU64::new(0) }
    }

    pub fn add(&self, more: u64) {
        self.count.fetch_add(more, Relaxed);
    }
}

impl Metric for Counter {
    fn write(&self, page: &mut Exposition) {
        page.family(self.name, "counter", self.help);
        page.sample(self.name, &[], self.count.load(Relaxed));
    }
}

/// Counters of one metric, one for each value of a label; the values are known in advance.
pub struct Counters<const N: usize> {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    values: [&'static str; N],
    counts: [AtomicU64; N],
}

impl<const N: usize> Counters<N> {
    /// Makes counters; `name` must end with `_total`. The last one of `values` also counts unknown values.
    pub const fn new(name: &'static str, help: &'static str, label: &'static str, values: [&'static str; N]) -> Self {
        Self { name, help, label, values, counts: [const { AtomicU64::new(0) }; N] }
    }

    /// Adds one to the counter whose label has this value.
    pub fn add(&self, value: &str) {
        let known = self.values.iter().zip(&self.counts).find(|(known, _)| **known == value);
        if let Some(count) = known.map(|(_, count)| count).or(self.counts.last()) {
            count.fetch_add(1, Relaxed);
        }
    }
}

impl<const N: usize> Metric for Counters<N> {
    fn write(&self, page: &mut Exposition) {
        page.family(self.name, "counter", self.help);
        for (value, count) in self.values.iter().zip(&self.counts) {
            page.sample(self.name, &[(self.label, value)], count.load(Relaxed));
        }
    }
}

pub struct Gauge {
    name: &'static str,
    help: &'static str,
    value: AtomicI64,
}

impl Gauge {
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, value: AtomicI64::new(0) }
    }

    pub fn set(&self, value: i64) {
        self.value.store(value, Relaxed);
    }

    pub fn add(&self, difference: i64) {
        self.value.fetch_add(difference, Relaxed);
    }
}

impl Metric for Gauge {
    fn write(&self, page: &mut Exposition) {
        page.family(self.name, "gauge", self.help);
        page.sample(self.name, &[], self.value.load(Relaxed));
    }
}

/// The counts of a histogram: one for each of `N` upper bounds, and one above them; with the sum of all values.
pub struct Buckets<const N: usize> {
    bounds: &'static [u64; N],
    counts: [AtomicU64; N],
    beyond: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Buckets<N> {
    /// Makes buckets with these upper bounds, which are inclusive and must ascend.
    pub const fn new(bounds: &'static [u64; N]) -> Self {
        Self { bounds, counts: [const { AtomicU64::new(0) }; N], beyond: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }

    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.iter().zip(&self.counts).find(|(bound, _)| value <= **bound);
        bucket.map_or(&self.beyond, |(_, count)| count).fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// Records a duration, converted to microseconds.
    pub fn observe_time(&self, time: Duration) {
        self.observe(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// Writes the histogram `name`. Its values are divided by `10^places` (6 for microseconds written as seconds).
    pub fn write(&self, page: &mut Exposition, name: &str, labels: &[(&str, &str)], places: u32) {
        let mut count = 0;
        let mut bucket = |page: &mut Exposition, bound: &str, more: &AtomicU64| {
            count += more.load(Relaxed);
            page.sample(&format!("{name}_bucket"), &[labels, &[("le", bound)]].concat(), count);
        };
        for (bound, more) in self.bounds.iter().zip(&self.counts) {
            bucket(page, &decimal(*bound, places), more);
        }
        bucket(page, "+Inf", &self.beyond);
        page.sample(&format!("{name}_sum"), labels, decimal(self.sum.load(Relaxed), places));
        page.sample(&format!("{name}_count"), labels, count);
    }
}

/// Formats `number / 10^places`: 2500 with 6 places is `0.0025`.
fn decimal(number: u64, places: u32) -> String {
    let unit = 10_u64.saturating_pow(places);
    let (whole, rest) = (number / unit, number % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = usize::try_from(places).unwrap_or_default();
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}

pub struct Histogram<const N: usize> {
    name: &'static str,
    help: &'static str,
    buckets: Buckets<N>,
}

impl<const N: usize> Histogram<N> {
    pub const fn new(name: &'static str, help: &'static str, bounds: &'static [u64; N]) -> Self {
        Self { name, help, buckets: Buckets::new(bounds) }
    }

    pub fn observe(&self, value: u64) {
        self.buckets.observe(value);
    }
}

impl<const N: usize> Metric for Histogram<N> {
    fn write(&self, page: &mut Exposition) {
        page.family(self.name, "histogram", self.help);
        self.buckets.write(page, self.name, &[], 0);
    }
}

/// The text of a `/metrics` page, while it is being written.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    pub const KIND: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Begins a metric of this kind (`counter`, `gauge`, `histogram`); all its samples must follow.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// Adds a sample to the metric that was begun last.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (i, (label, said)) in labels.iter().enumerate() {
            let said = said.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{said}\"", if i == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    /// Writes a gauge with a single sample without labels.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(metric: &dyn Metric) -> String {
        let mut page = Exposition::default();
        metric.write(&mut page);
        page.into_text()
    }

    #[test]
    fn counters_and_gauges_are_written_with_their_help() {
        static SOLD: Counter = Counter::new("sold_total", "Pieces sold");
        SOLD.add(3);
        SOLD.add(1);
        assert_eq!(written(&SOLD), "# HELP sold_total Pieces sold\n# TYPE sold_total counter\nsold_total 4\n");
        static DEPTH: Gauge = Gauge::new("depth", "How deep");
        DEPTH.set(7);
        DEPTH.add(-9);
        assert!(written(&DEPTH).ends_with("depth -2\n"));
    }

    #[test]
    fn what_a_label_does_not_know_is_counted_as_its_last_value() {
        static REFUSED: Counters<3> = Counters::new("refused_total", "Why", "reason", ["gone", "late", "other"]);
        for reason in ["late", "late", "odd", "other"] {
            REFUSED.add(reason);
        }
        let samples =
            "refused_total{reason=\"gone\"} 0\nrefused_total{reason=\"late\"} 2\nrefused_total{reason=\"other\"} 2\n";
        assert!(written(&REFUSED).ends_with(samples));
    }

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        static SIZES: Histogram<2> = Histogram::new("size", "How many", &[1, 4]);
        for size in [1, 2, 4, 5, 100] {
            SIZES.observe(size);
        }
        assert!(written(&SIZES).ends_with(
            "size_bucket{le=\"1\"} 1\nsize_bucket{le=\"4\"} 3\nsize_bucket{le=\"+Inf\"} 5\nsize_sum 112\nsize_count 5\n"
        ));
    }

    #[test]
    fn times_are_counted_in_microseconds_and_written_in_seconds() {
        static TIMES: Buckets<2> = Buckets::new(&[2_500, 1_000_000]);
        TIMES.observe_time(Duration::from_micros(2_500));
        TIMES.observe_time(Duration::from_millis(1_200));
        let mut page = Exposition::default();
        TIMES.write(&mut page, "took_seconds", &[("route", "/a\"\\\n")], 6);
        assert_eq!(
            page.into_text(),
            "took_seconds_bucket{route=\"/a\\\"\\\\\\n\",le=\"0.0025\"} 1\n\
             took_seconds_bucket{route=\"/a\\\"\\\\\\n\",le=\"1\"} 1\n\
             took_seconds_bucket{route=\"/a\\\"\\\\\\n\",le=\"+Inf\"} 2\n\
             took_seconds_sum{route=\"/a\\\"\\\\\\n\"} 1.2025\n\
             took_seconds_count{route=\"/a\\\"\\\\\\n\"} 2\n"
        );
    }
}
