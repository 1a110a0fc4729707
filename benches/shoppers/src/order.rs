//! A continuous load of orders.

use std::time::{Duration, Instant};

use crate::{
    Outcome,
    carts::Carts,
    checkout_form::{Forms, Random, Shopper, Sku},
    connections::{Connections, RESPONSE_TIMEOUT, Received},
    ready,
    statistics::{Durations, Failures},
    tell,
};

/// Runs `lines` shoppers at a time; after each order the next of all shoppers takes over, because an account may have
/// only a limited number of open orders. Before each order its cart is filled directly in Redis: that counts for the
/// orders per second, but not for the time of the order, which is from the request to its response.
pub fn order(shoppers: &[Shopper], lines: usize, skus: &[Sku], time: Duration) -> Outcome<()> {
    if lines > shoppers.len() {
        return Err("more lines than shoppers".into());
    }
    let mut connections = Connections::connect(lines)?;
    let mut carts = Carts::connect()?;
    connections.register(&mut carts.stream)?;
    let (mut forms, mut random, mut request) = (Forms::new()?, Random::new(), Vec::new());
    let mut baskets = vec![Vec::new(); lines];
    // Which shopper is on each line, and who comes next.
    let (mut turns, mut next) = (vec![0; lines], 0);
    let (mut times, mut failures) = (Durations::default(), Failures::default());

    // Lines whose cart is to be filled, and lines whose cart is full.
    let (mut free, mut full) = ((0..lines).collect::<Vec<_>>(), Vec::new());
    // The number of lines with an order under way.
    let mut busy = 0;
    for shopper in shoppers {
        carts.empty(EMPTIED, &shopper.user);
    }
    finish(&mut connections, &mut carts)?;

    ready()?;
    let began = Instant::now();
    loop {
        if began.elapsed() < time {
            for at in free.drain(..) {
                let (turn, basket) = turns.get_mut(at).zip(baskets.get_mut(at)).ok_or("no such line")?;
                *turn = next;
                next = if next + 1 < shoppers.len() { next + 1 } else { 0 };
                let shopper = shoppers.get(*turn).ok_or("nobody")?;
                *basket = random.basket(skus);
                carts.put(at, &shopper.user, basket.iter().copied());
                busy += 1;
            }
            carts.flush()?;
        } else if busy == 0 {
            break;
        } else if began.elapsed() > time + RESPONSE_TIMEOUT {
            (0..busy).for_each(|_| failures.add("no answer".to_owned()));
            break;
        }
        let mut failed = Vec::new();
        let from_redis = connections.listen(Duration::from_millis(100), |at, heard| {
            match heard {
                Received::Answer(answer, after, _) if answer.is_order() => times.add(after),
                Received::Answer(answer, ..) => {
                    failures.answered(&answer)?;
                    failed.push(at);
                }
                Received::HungUp => {
                    failures.add("hung up".to_owned());
                    failed.push(at);
                }
            }
            busy -= 1;
            free.push(at);
            Ok(())
        })?;
        // After a refused order the entries are still in the cart.
        for at in failed {
            carts.empty(EMPTIED, &on_line(shoppers, &turns, at)?.user);
        }
        if from_redis {
            carts.flush()?;
            carts.hear(|at| full.push(at))?;
        }
        for at in full.drain(..).filter(|at| *at != EMPTIED) {
            let (shopper, basket) = (on_line(shoppers, &turns, at)?, baskets.get(at).ok_or("no such line")?);
            forms.write(&mut request, shopper, basket.iter().copied())?;
            connections.send(at, &request)?;
        }
    }
    let took = began.elapsed().as_secs_f64();
    failures.tell();
    let [median, late] = times.percentiles([50, 99]);
    tell(&format!("{}\t{took:.3}\t{median:.2}\t{late:.2}\t{}", times.count(), failures.count()))
}

fn on_line<'a>(shoppers: &'a [Shopper], turns: &[usize], at: usize) -> Outcome<&'a Shopper> {
    Ok(turns.get(at).and_then(|turn| shoppers.get(*turn)).ok_or("nobody")?)
}

/// Not a line: a cart was only emptied.
const EMPTIED: usize = usize::MAX;

/// Waits until Redis has answered all commands.
pub fn finish(connections: &mut Connections, carts: &mut Carts) -> Outcome<()> {
    while !carts.are_done() {
        carts.flush()?;
        connections.listen(RESPONSE_TIMEOUT, |_, _| Err("an answer that nobody asked for".into()))?;
        carts.hear(|_| ())?;
    }
    Ok(())
}
