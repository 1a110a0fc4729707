//! A flash sale: all shoppers order the same SKU at once.

use std::{
    iter::once,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    answer::Answer,
    carts::Carts,
    checkout_form::{Forms, Shopper, Sku},
    connections::{Connections, RESPONSE_TIMEOUT, Received},
    order::finish,
    ready,
    statistics::{Durations, Failures},
    tell,
};

/// The message `checkout_short_title`.
const NOT_ENOUGH: &str = "There is not enough left";

/// Each shopper orders one.
pub fn sale(shoppers: &[Shopper], sku: &Sku) -> Outcome<()> {
    let mut connections = Connections::connect(shoppers.len())?;
    let requests = prepare(&mut connections, shoppers, sku)?;

    ready()?;
    let mut said = SaleResult::default();
    let began = Instant::now();
    for (at, request) in requests.iter().enumerate() {
        connections.send(at, request)?;
        // The first responses arrive while the last requests are sent.
        if at % 32 == 0 {
            connections.listen(Duration::ZERO, |_, heard| said.note(heard))?;
        }
    }
    while said.count < shoppers.len() && began.elapsed() < RESPONSE_TIMEOUT {
        connections.listen(Duration::from_millis(100), |_, heard| said.note(heard))?;
    }
    let took = began.elapsed().as_secs_f64() * 1000.0;
    said.tell(shoppers.len(), took)
}

/// Fills the carts and prepares the requests.
fn prepare(connections: &mut Connections, shoppers: &[Shopper], sku: &Sku) -> Outcome<Vec<Vec<u8>>> {
    let mut carts = Carts::connect()?;
    connections.register(&mut carts.stream)?;
    let mut forms = Forms::new()?;
    let mut requests = Vec::new();
    for (at, shopper) in shoppers.iter().enumerate() {
        carts.empty(at, &shopper.user);
        carts.put(at, &shopper.user, once(sku));
        let mut request = Vec::new();
        forms.write(&mut request, shopper, once(sku))?;
        requests.push(request);
    }
    finish(connections, &mut carts)?;
    Ok(requests)
}

/// The responses of the sale.
#[derive(Default)]
struct SaleResult {
    count: usize,
    sold: usize,
    hung_up: usize,
    /// Responses without an order, parsed after the run, since parsing costs time.
    others: Vec<(Duration, Vec<u8>)>,
}

impl SaleResult {
    fn note(&mut self, heard: Received<'_>) -> Outcome<()> {
        self.count += 1;
        match heard {
            Received::Answer(answer, ..) if answer.is_order() => self.sold += 1,
            Received::Answer(_, after, whole) => self.others.push((after, whole.to_vec())),
            Received::HungUp => self.hung_up += 1,
        }
        Ok(())
    }

    fn tell(self, shoppers: usize, took: f64) -> Outcome<()> {
        let (mut told, mut failures) = (Durations::default(), Failures::default());
        for (after, whole) in self.others {
            let answer = Answer::read(&whole)?.ok_or("half an answer")?;
            if answer.status < 500 && answer.text()?.contains(NOT_ENOUGH) {
                told.add(after);
            } else {
                failures.answered(&answer)?;
            }
        }
        (0..self.hung_up).for_each(|_| failures.add("hung up".to_owned()));
        (self.count..shoppers).for_each(|_| failures.add("no answer".to_owned()));
        failures.tell();
        let [median, late, last] = told.percentiles([50, 99, 100]);
        let (sold, told, neither) = (self.sold, told.count(), failures.count());
        tell(&format!("{sold}\t{told}\t{neither}\t{median:.0}\t{late:.0}\t{last:.0}\t{took:.0}"))
    }
}
