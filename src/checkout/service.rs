//! One checkout, from claiming the cart to releasing the claim. The claim, made with the form's token, keeps other
//! checkouts from ordering the same entries. If it is unknown whether an order was saved, the claim stays until it
//! expires.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    batch_queue::BatchQueue,
    cart_clearing::{self, CartClearingLoader},
    forms::{Destination, OrderInput},
    model::{Command, Outcome, PlacedBy, Refusal, Token},
    rules,
};
use crate::{
    accounts::{self, AddressBookFull, NewAddress, OrderContacts, SessionClaim},
    cart::{self, Cart, CartVersion, Entry, Owner},
    kernel::{AddressId, Language, Money, OrderNumber, SkuId, UserId},
    orders,
    platform::{
        batch_loader::BatchError,
        db::{self, Connection, Db, DbError},
        deadline,
        outbox::CompletionBuffer,
        redis::{self, Redis},
        store_error::StoreError,
    },
};

/// The maximum number of attempts to claim a cart that another checkout holds: two seconds in all, with a pause of
/// [`CLAIM_RETRY_INTERVAL`] after each.
const MAX_CLAIM_ATTEMPTS: u32 = 40;
const CLAIM_RETRY_INTERVAL: Duration = Duration::from_millis(50);

pub(super) struct Submission {
    pub(super) claim: SessionClaim,
    pub(super) input: OrderInput,
    /// The digests of the addresses that the page showed.
    pub(super) shown_addresses: HashMap<AddressId, String>,
    /// The unit prices that the page showed.
    pub(super) shown_prices: HashMap<SkuId, Money>,
    pub(super) language: Language,
}

/// The outcome of a checkout, and the address of the order (from the address book, or typed), if there is one.
pub(super) struct CheckoutResult {
    pub(super) outcome: Outcome,
    pub(super) address: Option<AddressId>,
}

pub(super) struct CheckoutService {
    pub(super) db: Arc<Db>,
    pub(super) redis: Arc<Redis>,
    pub(super) completions: Arc<CompletionBuffer>,
    pub(super) queue: Arc<BatchQueue>,
    pub(super) clearings: Arc<CartClearingLoader>,
}

impl CheckoutService {
    /// Claims the cart, saves a typed address (even if nothing is ordered then), places the order, and removes its
    /// goods from the cart or releases the claim. `admission` returns a refusal if the shopper is not allowed to order;
    /// it runs while the cart is being claimed.
    pub(super) async fn place<E: From<StoreError>>(
        &self,
        submission: Submission,
        admission: impl Future<Output = Result<Option<Refusal>, E>>,
    ) -> Result<CheckoutResult, E> {
        let Submission { claim, input, shown_addresses, shown_prices, language } = submission;
        let (user, token) = (claim.user_id(), input.token);
        let (admitted, claimed) = tokio::join!(admission, self.claim_cart(user, &token));
        let claimed = claimed.map_err(StoreError::from)?;
        let is_claimed = claimed.is_some();
        let address = match admitted {
            Ok(None) => {
                let placed_by = PlacedBy::Shopper(claim);
                Ok(save_destination(&self.db, placed_by, &token, input.destination).await)
            }
            Ok(Some(refusal)) => Ok(Err(refusal)),
            Err(error) => Err(error),
        };
        if is_claimed && !matches!(address, Ok(Ok(_))) {
            cart_clearing::release_carts(&self.redis, &[(user, &token, 1)]).await;
        }
        let address = match address? {
            Ok(address) => address,
            Err(refusal) => return Ok(CheckoutResult { outcome: Err(refusal), address: None }),
        };
        // The queue has a timeout of its own.
        deadline::restart();
        let (cart, entries) = claimed.map(|(version, cart)| (version, cart.selected())).unwrap_or_default();
        let command = Command {
            placed_by: PlacedBy::Shopper(claim),
            token,
            address,
            shown_address: shown_addresses.get(&address).cloned(),
            pay_method: input.pay_method,
            expected_total: input.expected_total,
            note: input.note,
            cart,
            entries,
            shown_prices,
            language,
        };
        let outcome = match self.order(command).await {
            // Another checkout has the cart. Without it, the token can only lead to an order that was placed before.
            Err(Refusal::NothingSelected) if !is_claimed => Err(Refusal::Contention),
            outcome => outcome,
        };
        Ok(CheckoutResult { outcome, address: Some(address) })
    }

    /// Claims the cart for the checkout with this token; `None` if another checkout holds the claim for longer than two
    /// seconds.
    async fn claim_cart(&self, owner: UserId, token: &Token) -> Result<Option<(CartVersion, Cart)>, redis::Error> {
        for _ in 0..MAX_CLAIM_ATTEMPTS {
            let claimed = cart::claim(&self.redis, &Owner::User(owner), token.as_str()).await?;
            if claimed.is_some() {
                return Ok(claimed);
            }
            tokio::time::sleep(CLAIM_RETRY_INTERVAL).await;
        }
        Ok(None)
    }

    /// Places the order. The batch queue clears the cart or releases the claim on it, except in two cases that are
    /// handled here: the order was placed before, or the queue was full.
    async fn order(&self, command: Command) -> Outcome {
        let (user, token, has_cart) = (command.placed_by.shopper(), command.token.clone(), command.has_cart());
        let outcome = self.queue.place(command).await;
        deadline::restart();
        let can_release = match &outcome {
            // Placed before: the process that placed it may have been stopped before the cart was cleared.
            Ok(placed) => placed.owed.is_none() && self.clear_purchased(user, &placed.number).await,
            // It was never in the queue.
            Err(refusal) => matches!(refusal, Refusal::QueueFull),
        };
        if can_release && has_cart {
            cart_clearing::release_carts(&self.redis, &[(user, &token, 1)]).await;
        }
        outcome
    }

    /// Removes what this order bought from the cart, if it is still there. Returns `false` if that failed.
    async fn clear_purchased(&self, owner: UserId, order: &OrderNumber) -> bool {
        if !self.clear_owed(owner).await.unwrap_or(false) {
            return false;
        }
        cart_clearing::clear_cart_again(&self.db, &self.redis, owner, order).await.unwrap_or(false)
    }

    /// Performs the shopper's unfinished jobs that remove ordered goods from the cart. Returns `false` if one failed; a
    /// worker tries it again.
    pub(super) async fn clear_owed(&self, owner: UserId) -> Result<bool, BatchError<DbError>> {
        let mut all_done = true;
        for job in self.clearings.jobs_of(owner).await?.iter() {
            let id = job.id;
            match cart_clearing::clear_cart(job.clone(), &self.redis).await {
                Ok(()) => self.completions.done(id),
                Err(why) => {
                    all_done = false;
                    tracing::warn!(id, %why, "a cart is cleared later");
                }
            }
        }
        Ok(all_done)
    }

    pub(super) async fn selected(&self, owner: UserId) -> Result<Vec<Entry>, redis::Error> {
        Ok(cart::load(&self.redis, &Owner::User(owner)).await?.selected())
    }

    /// Returns the token that the form of the shopper's next checkout carries, so that a form sent twice places one order.
    /// After each order there is a new one.
    pub(super) async fn token(&self, owner: UserId) -> Result<Token, redis::Error> {
        let fresh = Token::new();
        let stored = cart::checkout_token(&self.redis, &Owner::User(owner), fresh.as_str()).await?;
        Ok(stored.parse().unwrap_or(fresh))
    }
}

/// Returns the id of the delivery address. A typed address is added to the shopper's address book, unless it is there
/// already.
pub(super) async fn save_destination(
    db: &Db,
    placed_by: PlacedBy,
    token: &Token,
    destination: Destination,
) -> Result<AddressId, Refusal> {
    let new = match destination {
        Destination::Saved(id) => return Ok(id),
        Destination::New(new) => new,
    };
    let token = token.clone();
    let saved = db.run(move |conn| save_address(conn, &placed_by, &token, &new)).await;
    saved.unwrap_or_else(|fault| Err(Refusal::Fault(Arc::new(fault))))
}

/// Adds the address to the shopper's address book and returns its id, if the user may place the order and the address
/// is not blocked. If the token has already led to an order, writes nothing and returns id 0, because the address is
/// not needed to find that order.
fn save_address(
    conn: &mut Connection,
    placed_by: &PlacedBy,
    token: &Token,
    new: &NewAddress,
) -> Result<Result<AddressId, Refusal>, DbError> {
    let owner = placed_by.shopper();
    db::transaction(conn, |conn| {
        let mut ids = vec![owner];
        ids.extend(placed_by.staff().map(|by| by.staff.user_id()));
        let users = accounts::users_by_id(conn, &ids)?;
        if let Err(refusal) = rules::check_users(placed_by, users.get(&owner), &users) {
            return Ok(Err(refusal));
        }
        let placed = orders::numbers_of(conn, &[(owner, token.as_str())])?;
        if placed.iter().any(Option::is_some) {
            return Ok(Ok(AddressId(0)));
        }
        let contacts = OrderContacts {
            email: users.get(&owner).map_or_else(String::new, |user| user.email.clone()),
            phone: new.phone.to_string(),
            region: new.region.clone(),
            street: new.street.clone(),
        };
        if let Some(block) = accounts::blocks_of(conn, &contacts)?.first() {
            return Ok(Err(Refusal::Blocked(block.kind)));
        }
        Ok(accounts::add_address_once(conn, owner, new)?.map_err(|AddressBookFull| Refusal::AddressBookFull))
    })
}
