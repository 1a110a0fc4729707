//! What leaves a cart: for another cart at sign-in, or for an order.

use redis::{AsyncCommands, ErrorKind, Pipeline, RedisResult, Script};
use std::{sync::LazyLock, time::Duration};

use super::{
    model::{Cart, CartVersion, Merged, Owner},
    store::{Kept, invoke, load, script},
};
use crate::{
    kernel::{Money, OrderNumber, SkuId, UserId},
    platform::redis::Redis,
};

/// How long a cart remembers that an order was taken out of it: a day.
const REMEMBER_SECONDS: i64 = 24 * 3600;
/// For so long it surely does.
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
         begun()
         return {added, raised}",
    )
});

/// What was put into the guest's cart meanwhile, by another tab, stays there for the next time.
static HAND_OVER: LazyLock<Script> = LazyLock::new(|| {
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

/// Brings a guest's cart into somebody's own: of each SKU the larger count, no entry lost, what was selected selected.
/// What was brought has left the guest's cart afterwards. Doing it again after a crash in between changes nothing.
pub async fn merge(redis: &Redis, guest: &Owner, user: &Owner) -> RedisResult<Merged> {
    let brought = load(redis, guest).await?;
    if brought.entries.is_empty() {
        return Ok(Merged::default());
    }
    let mut taking = invoke(&MERGE, user);
    let mut checkout_claims = invoke(&HAND_OVER, guest);
    for entry in &brought.entries {
        let seen = entry.seen_price.map(Money::plain).unwrap_or_default();
        taking.arg(entry.sku_id.0).arg(entry.count.get()).arg(i32::from(entry.selected)).arg(seen);
        checkout_claims.arg(entry.sku_id.0).arg(entry.count.get());
    }
    let (added, raised) = taking.invoke_async(&mut redis.clone()).await?;
    checkout_claims.invoke_async::<()>(&mut redis.clone()).await?;
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

/// The token that the next checkout of this cart goes by: `fresh`, unless there is one already. It is the same in every
/// tab until an order has been taken out of the cart, so that one cart is not ordered twice.
pub async fn checkout_token(redis: &Redis, owner: &Owner, fresh: &str) -> RedisResult<String> {
    let mut call = invoke(&CHECKOUT_TOKEN, owner);
    call.key(token_key(owner)).arg(fresh).arg(REMEMBER_SECONDS).invoke_async(&mut redis.clone()).await
}

fn token_key(owner: &Owner) -> String {
    format!("checkout:{{{owner}}}")
}

/// How long a checkout has its cart to itself where nobody gives it back: longer than any checkout takes.
const CLAIM_SECONDS: i64 = 30;

static CLAIM: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.call('type', KEYS[5]).ok ~= 'hash' then redis.call('del', KEYS[5]) end
         for _, token in ipairs(redis.call('hkeys', KEYS[5])) do
             if token ~= ARGV[1] then return false end
         end
         redis.call('hincrby', KEYS[5], ARGV[1], 1)
         redis.call('expire', KEYS[5], ARGV[2])
         return {begun(), {redis.call('hgetall', KEYS[1]), redis.call('smembers', KEYS[2]), redis.call('hgetall', KEYS[3])}}",
    )
});

/// The cart as the checkout of this token finds it, and which one it is. The checkout has it to itself until it is given
/// back ([`release`]) or what was bought has left it ([`remove_purchased`]). `None` while the checkout of another token has it: two
/// of them would buy the same entries twice. The same token may claim it again, and has it until each of its claims is
/// given back.
pub async fn claim(redis: &Redis, owner: &Owner, token: &str) -> RedisResult<Option<(CartVersion, Cart)>> {
    let mut call = invoke(&CLAIM, owner);
    let found: Option<(String, Kept)> =
        call.key(claim_key(owner)).arg(token).arg(CLAIM_SECONDS).invoke_async(&mut redis.clone()).await?;
    Ok(found.map(|(begun, kept)| (CartVersion(Some(begun)), kept.into())))
}

static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('type', KEYS[1]).ok ~= 'hash' or redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return end
         if redis.call('hincrby', KEYS[1], ARGV[1], -ARGV[2]) <= 0 then redis.call('del', KEYS[1]) end",
    )
});

/// Gives carts back whose checkouts came to nothing: each with its token, and how many claims of it that ends.
///
/// # Errors
/// Redis is away; then they are given back by themselves in a while.
pub async fn release(redis: &Redis, claims: &[(Owner, &str, usize)]) -> RedisResult<()> {
    let mut pipe = redis::pipe();
    for (owner, token, presses) in claims {
        pipe.invoke_script(RELEASE.key(claim_key(owner)).arg(*token).arg(*presses)).ignore();
    }
    all_of(redis, &RELEASE, &pipe).await
}

fn claim_key(owner: &Owner) -> String {
    format!("claim:{{{owner}}}")
}

/// What an order took of one SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The SKU.
    pub sku_id: SkuId,
    /// How many.
    pub count: i32,
}

static REMOVE_PURCHASED: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if not redis.call('set', KEYS[5], '1', 'NX', 'EX', ARGV[1]) then return 0 end
         local begun = redis.call('get', KEYS[4])
         if begun and ARGV[2] ~= '' and begun ~= ARGV[2] then return 0 end
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

/// What an order takes out of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Whose cart.
    pub user: UserId,
    /// Which cart.
    pub begun: CartVersion,
    /// The order.
    pub order: OrderNumber,
    /// What it bought.
    pub bought: Vec<Bought>,
}

/// Takes out of each cart what an order has bought, and no more: a count raised meanwhile keeps the difference, and a cart
/// that was begun after Redis had lost the one of the order keeps everything. The cart remembers the order for a day, so that
/// a second call changes nothing. All of it travels to Redis and back once.
///
/// # Errors
/// Redis is away; some carts may be done, and all may be done again.
pub async fn remove_purchased(redis: &Redis, purchases: &[&Purchase]) -> RedisResult<()> {
    let mut pipe = redis::pipe();
    for Purchase { user, begun, order, bought } in purchases {
        let owner = &Owner::User(*user);
        let mut call = invoke(&REMOVE_PURCHASED, owner);
        call.key(remembered_key(owner, order)).key(token_key(owner)).key(claim_key(owner)).arg(REMEMBER_SECONDS);
        call.arg(begun.0.as_deref().unwrap_or_default());
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

/// Whether a cart remembers that this order was taken out of it.
pub async fn remembers(redis: &Redis, user: UserId, order: &OrderNumber) -> RedisResult<bool> {
    redis.clone().exists(remembered_key(&Owner::User(user), order)).await
}

/// Sends calls of one script together.
async fn all_of(redis: &Redis, script: &Script, calls: &Pipeline) -> RedisResult<()> {
    match calls.query_async(&mut redis.clone()).await {
        // Redis has started anew, or never seen it.
        Err(error) if error.kind() == ErrorKind::NoScriptError => {
            redis::pipe().load_script(script).ignore().query_async::<()>(&mut redis.clone()).await?;
            calls.query_async(&mut redis.clone()).await
        }
        outcome => outcome,
    }
}
