//! Orders that staff place for callers. They go through the same queue and transaction as those of shoppers, but no
//! cart is read, claimed or cleared.

use std::{collections::HashMap, sync::Arc};

use super::{
    batch_queue::BatchQueue,
    forms::OrderInput,
    model::{Command, Outcome, Placed, PlacedBy, PlacedByStaff, Refusal},
    service,
};
use crate::{
    cart::{CartVersion, Entry},
    kernel::{AddressId, Language, Money, OrderNumber, SkuId},
    orders,
    platform::{
        db::{Db, DbError},
        deadline,
    },
};

/// An order that a member of staff places for a customer who calls.
pub struct CallerOrder {
    pub placed_by: PlacedByStaff,
    pub input: OrderInput,
    pub entries: Vec<Entry>,
    /// The digests of the addresses that the page showed.
    pub shown_addresses: HashMap<AddressId, String>,
    /// The unit prices that the page showed.
    pub shown_prices: HashMap<SkuId, Money>,
    /// The language in which the order stores names, and in which its emails are written.
    pub language: Language,
}

pub struct CallerCheckout {
    pub db: Arc<Db>,
    pub queue: Arc<BatchQueue>,
}

impl CallerCheckout {
    /// Adds a typed address to the shopper's address book and places the order. If the form has placed an order before,
    /// for this shopper or another, the outcome is that order. Returns (outcome, address of the order if it was saved
    /// or chosen).
    pub async fn place(&self, order: CallerOrder) -> (Outcome, Option<AddressId>) {
        let token = order.input.token.clone();
        match self.placed_before(token.as_str().to_owned()).await {
            Ok(Some(number)) => return (Ok(Placed::before(number)), None),
            Ok(None) => {}
            Err(fault) => return (Err(Refusal::Fault(Arc::new(fault))), None),
        }
        let placed_by = PlacedBy::Staff(order.placed_by);
        let saved = service::save_destination(&self.db, placed_by.clone(), &token, order.input.destination).await;
        let address = match saved {
            Ok(address) => address,
            Err(refusal) => return (Err(refusal), None),
        };
        // The queue has a timeout of its own.
        deadline::restart();
        let command = Command {
            placed_by,
            token,
            address,
            shown_address: order.shown_addresses.get(&address).cloned(),
            pay_method: order.input.pay_method,
            expected_total: order.input.expected_total,
            note: order.input.note,
            cart: CartVersion::default(),
            entries: order.entries,
            shown_prices: order.shown_prices,
            language: order.language,
        };
        let outcome = self.queue.place(command).await;
        deadline::restart();
        (outcome, Some(address))
    }

    async fn placed_before(&self, token: String) -> Result<Option<OrderNumber>, DbError> {
        self.db.run(move |conn| Ok::<_, DbError>(orders::number_of_staff_form(conn, &token)?)).await
    }
}
