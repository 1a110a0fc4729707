//! Takes entries out of a cart: to the cart of an account at sign-in, or for an order at checkout. A checkout claims
//! the cart first, so that two checkouts cannot order the same entries.

use redis::{AsyncCommands, ErrorKind, Pipeline, RedisResult, Script};
use std::{sync::LazyLock, time::Duration};

use super::{
    model::{Cart, CartVersion, Merged, Owner},
    store::{RawCart, invoke, load, script},
};
use crate::{
    kernel::{Money, OrderNumber, SkuId, UserId},
    platform::redis::Redis,
};

/// The number of seconds after which Redis forgets that the goods of an order were taken out of a cart. The token of a
/// checkout is kept for the same time.
const REMEMBER_SECONDS: i64 = 24 * 3600;
/// For an order that is not older than this, Redis still remembers whether its goods were taken out of the cart. Redis
/// remembers that for 24 hours; one hour is left as a margin.
pub const REMEMBERED: Duration = Duration::from_secs(23 * 3600);

static MERGE: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local added, raised = 0, 0
         for i = 1, #ARGV, 4 do
             local sku, count = ARGV[i], tonumber(ARGV[i + 1])
             local now = counted(sku)
             if count > now then
                 redis.call('hset', KEYS[1], sku, count)
                 if ARGV[i + 3] ~= '' then redis.call('hset', KEYS[3], sku, ARGV[i + 3]) end
                 if now == 0 then added = added + 1 else raised = raised + 1 end
             end
             if ARGV[i + 2] == '1' then redis.call('sadd', KEYS[2], sku) end
         end
         cart_version()
         return {added, raised}",
    )
});

/// A Redis script that removes entries from the guest's cart after a merge, except those whose count was raised
/// meanwhile.
static REMOVE_MERGED: LazyLock<Script> = LazyLock::new(|| {
    script(
        "for i = 1, #ARGV, 2 do
             local sku = ARGV[i]
             if counted(sku) <= tonumber(ARGV[i + 1]) then
                 redis.call('hdel', KEYS[1], sku)
                 redis.call('srem', KEYS[2], sku)
                 redis.call('hdel', KEYS[3], sku)
             end
         end",
    )
});

/// Merges a guest's cart into the cart of an account: the larger count of each SKU stays, and entries selected in
/// either cart stay selected. Then removes the merged entries from the guest's cart. Idempotent, also after a crash
/// between the two steps.
pub async fn merge(redis: &Redis, guest: &Owner, user: &Owner) -> RedisResult<Merged> {
    let guest_cart = load(redis, guest).await?;
    if guest_cart.entries.is_empty() {
        return Ok(Merged::default());
    }
    let mut merging = invoke(&MERGE, user);
    let mut removing = invoke(&REMOVE_MERGED, guest);
    for entry in &guest_cart.entries {
        let price_when_added = entry.price_when_added.map(Money::plain).unwrap_or_default();
        merging.arg(entry.sku_id.0).arg(entry.count.get()).arg(i32::from(entry.selected)).arg(price_when_added);
        removing.arg(entry.sku_id.0).arg(entry.count.get());
    }
    let (added, raised) = merging.invoke_async(&mut redis.clone()).await?;
    removing.invoke_async::<()>(&mut redis.clone()).await?;
    Ok(Merged { added, raised })
}

static CHECKOUT_TOKEN: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local kept = redis.pcall('get', KEYS[5])
         if type(kept) == 'string' then return kept end
         redis.call('set', KEYS[5], ARGV[1], 'EX', ARGV[2])
         return ARGV[1]",
    )
});

/// Returns the token of the cart's next checkout: the stored one, or `fresh` if none is stored, which is then stored.
/// All tabs of a shopper share it until an order has been taken out of the cart, so that one cart is not ordered twice.
pub async fn checkout_token(redis: &Redis, owner: &Owner, fresh: &str) -> RedisResult<String> {
    let mut call = invoke(&CHECKOUT_TOKEN, owner);
    call.key(token_key(owner)).arg(fresh).arg(REMEMBER_SECONDS).invoke_async(&mut redis.clone()).await
}

fn token_key(owner: &Owner) -> String {
    format!("checkout:{{{owner}}}")
}

/// How many seconds a checkout's claim on a cart lasts if it is not released: longer than any checkout takes.
const CLAIM_SECONDS: i64 = 30;

static CLAIM: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.call('type', KEYS[5]).ok ~= 'hash' then redis.call('del', KEYS[5]) end
         for _, token in ipairs(redis.call('hkeys', KEYS[5])) do
             if token ~= ARGV[1] then return false end
         end
         redis.call('hincrby', KEYS[5], ARGV[1], 1)
         redis.call('expire', KEYS[5], ARGV[2])
         return {cart_version(), {redis.call('hgetall', KEYS[1]), redis.call('smembers', KEYS[2]), redis.call('hgetall', KEYS[3])}}",
    )
});

/// Claims the cart for the checkout with this token and returns its version and entries. The claim lasts until
/// [`release`], [`remove_purchased`] or 30 s. Returns `None` if a checkout with another token holds the cart, because
/// both would order the same entries. The same token may claim repeatedly; its claims are counted, and each must be
/// released.
pub async fn claim(redis: &Redis, owner: &Owner, token: &str) -> RedisResult<Option<(CartVersion, Cart)>> {
    let mut call = invoke(&CLAIM, owner);
    let found: Option<(String, RawCart)> =
        call.key(claim_key(owner)).arg(token).arg(CLAIM_SECONDS).invoke_async(&mut redis.clone()).await?;
    Ok(found.map(|(version, raw)| (CartVersion(Some(version)), raw.into())))
}

static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('type', KEYS[1]).ok ~= 'hash' or redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return end
         if redis.call('hincrby', KEYS[1], ARGV[1], -ARGV[2]) <= 0 then redis.call('del', KEYS[1]) end",
    )
});

/// Releases claims on carts, given as (owner of the cart, token of the checkout, number of its claims to release).
///
/// # Errors
/// If Redis is unavailable; the claims then expire by themselves after 30 s.
pub async fn release(redis: &Redis, claims: &[(Owner, &str, usize)]) -> RedisResult<()> {
    let mut pipe = redis::pipe();
    for (owner, token, count) in claims {
        pipe.invoke_script(RELEASE.key(claim_key(owner)).arg(*token).arg(*count)).ignore();
    }
    all_of(redis, &RELEASE, &pipe).await
}

fn claim_key(owner: &Owner) -> String {
    format!("claim:{{{owner}}}")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    pub sku_id: SkuId,
    pub count: i32,
}

static REMOVE_PURCHASED: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if not redis.call('set', KEYS[5], '1', 'NX', 'EX', ARGV[1]) then return 0 end
         local version = redis.call('get', KEYS[4])
         if version and ARGV[2] ~= '' and version ~= ARGV[2] then return 0 end
         redis.call('del', KEYS[6], KEYS[7])
         for i = 3, #ARGV, 2 do
             local sku, bought = ARGV[i], tonumber(ARGV[i + 1])
             local left = counted(sku) - bought
             if left > 0 then
                 redis.call('hset', KEYS[1], sku, left)
             else
                 redis.call('hdel', KEYS[1], sku)
                 redis.call('srem', KEYS[2], sku)
                 redis.call('hdel', KEYS[3], sku)
             end
         end
         return 1",
    )
});

/// The goods of a placed order, to be removed from the cart of its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    pub user: UserId,
    /// The version that the cart had when the checkout claimed it.
    pub cart_version: CartVersion,
    pub order: OrderNumber,
    pub bought: Vec<Bought>,
}

/// Removes from each cart what its order bought, in one round trip. If the count of an entry was raised meanwhile, the
/// difference stays; a cart with another version, which was created after Redis lost its data, is not changed.
/// Idempotent: Redis remembers the order for a day.
///
/// # Errors
/// If Redis is unavailable; some carts may have been changed. The call may be repeated.
pub async fn remove_purchased(redis: &Redis, purchases: &[&Purchase]) -> RedisResult<()> {
    let mut pipe = redis::pipe();
    for Purchase { user, cart_version, order, bought } in purchases {
        let owner = &Owner::User(*user);
        let mut call = invoke(&REMOVE_PURCHASED, owner);
        call.key(remembered_key(owner, order)).key(token_key(owner)).key(claim_key(owner)).arg(REMEMBER_SECONDS);
        call.arg(cart_version.0.as_deref().unwrap_or_default());
        for Bought { sku_id, count } in bought {
            call.arg(sku_id.0).arg(*count);
        }
        pipe.invoke_script(&call).ignore();
    }
    all_of(&redis.repeating(), &REMOVE_PURCHASED, &pipe).await
}

fn remembered_key(owner: &Owner, order: &OrderNumber) -> String {
    format!("bought:{{{owner}}}:{order}")
}

/// Returns whether [`remove_purchased`] has removed the goods of this order from the user's cart within the last day.
pub async fn remembers(redis: &Redis, user: UserId, order: &OrderNumber) -> RedisResult<bool> {
    redis.clone().exists(remembered_key(&Owner::User(user), order)).await
}

/// Sends a pipeline of calls of one Redis script. If Redis does not know the script, loads it and sends the pipeline
/// again.
async fn all_of(redis: &Redis, script: &Script, calls: &Pipeline) -> RedisResult<()> {
    match calls.query_async(&mut redis.clone()).await {
        Err(error) if error.kind() == ErrorKind::NoScriptError => {
            redis::pipe().load_script(script).ignore().query_async::<()>(&mut redis.clone()).await?;
            calls.query_async(&mut redis.clone()).await
        }
        outcome => outcome,
    }
}
