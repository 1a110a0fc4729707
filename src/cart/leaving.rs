//! What leaves a cart: for another cart at sign-in, or for an order.

use redis::{ErrorKind, RedisResult, Script};
use std::sync::LazyLock;

use super::{
    model::{Cart, Merged, Owner},
    store::{Kept, invoke, load, script},
};
use crate::{
    kernel::{Money, SkuId},
    platform::redis::Redis,
};

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
///
/// # Errors
/// Redis is away.
pub async fn merge(redis: &Redis, guest: &Owner, user: &Owner) -> RedisResult<Merged> {
    let brought = load(redis, guest).await?;
    if brought.entries.is_empty() {
        return Ok(Merged::default());
    }
    let mut taking = invoke(&MERGE, user);
    let mut leaving = invoke(&HAND_OVER, guest);
    for entry in &brought.entries {
        let seen = entry.seen_price.map(Money::plain).unwrap_or_default();
        taking.arg(entry.sku_id.0).arg(entry.count.get()).arg(i32::from(entry.selected)).arg(seen);
        leaving.arg(entry.sku_id.0).arg(entry.count.get());
    }
    let (added, raised) = taking.invoke_async(&mut redis.clone()).await?;
    leaving.invoke_async::<()>(&mut redis.clone()).await?;
    Ok(Merged { added, raised })
}

static CHECKOUT_TOKEN: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local kept = redis.pcall('get', KEYS[4])
         if type(kept) == 'string' then return kept end
         redis.call('set', KEYS[4], ARGV[1])
         return ARGV[1]",
    )
});

/// The token that the next checkout of this cart goes by: `fresh`, unless there is one already. It is the same in every
/// tab until an order has been taken out of the cart, so that one cart is not ordered twice.
///
/// # Errors
/// Redis is away.
pub async fn checkout_token(redis: &Redis, owner: &Owner, fresh: &str) -> RedisResult<String> {
    invoke(&CHECKOUT_TOKEN, owner).key(token_key(owner)).arg(fresh).invoke_async(&mut redis.clone()).await
}

fn token_key(owner: &Owner) -> String {
    format!("checkout:{{{owner}}}")
}

static AT_CHECKOUT: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.pcall('get', KEYS[4]) ~= ARGV[1] then return false end
         return {redis.call('hgetall', KEYS[1]), redis.call('smembers', KEYS[2]), redis.call('hgetall', KEYS[3])}",
    )
});

/// The cart as the checkout of this token finds it; `None` where it goes by another token, or by none yet. What is read under
/// a token leads to one order at most, whoever reads it how often: an order has one token, and with what it bought
/// its token leaves the cart ([`subtract`]).
///
/// # Errors
/// Redis is away.
pub async fn at_checkout(redis: &Redis, owner: &Owner, token: &str) -> RedisResult<Option<Cart>> {
    let mut call = invoke(&AT_CHECKOUT, owner);
    let found: Option<Kept> = call.key(token_key(owner)).arg(token).invoke_async(&mut redis.clone()).await?;
    Ok(found.map(Cart::from))
}

/// What an order took of one SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The SKU.
    pub sku_id: SkuId,
    /// How many.
    pub count: i32,
}

/// What leaves the cart of `owner`.
#[derive(Clone, Debug)]
pub struct Leaving<'a> {
    /// Whose cart.
    pub owner: Owner,
    /// The checkout token of the order.
    pub token: &'a str,
    /// What it bought.
    pub bought: &'a [Bought],
}

static SUBTRACT: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.pcall('get', KEYS[4]) ~= ARGV[1] then return 0 end
         redis.call('del', KEYS[4])
         for i = 2, #ARGV, 2 do
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

/// Takes out of each cart what an order has bought, and no more: a count raised meanwhile keeps the difference. The order's
/// token goes with it; a second call does not find it any more and changes nothing, nor does one that finds another cart,
/// since Redis had lost the first. All of it travels to Redis and back once.
///
/// # Errors
/// Redis is away; some carts may be done, and all may be done again.
pub async fn subtract(redis: &Redis, orders: &[Leaving<'_>]) -> RedisResult<()> {
    let mut pipe = redis::pipe();
    for Leaving { owner, token, bought } in orders {
        let mut call = invoke(&SUBTRACT, owner);
        call.key(token_key(owner)).arg(*token);
        for Bought { sku_id, count } in *bought {
            call.arg(sku_id.0).arg(*count);
        }
        pipe.invoke_script(&call).ignore();
    }
    match pipe.query_async(&mut redis.clone()).await {
        // Redis has started anew, or never seen it.
        Err(error) if error.kind() == ErrorKind::NoScriptError => {
            redis::pipe().load_script(&SUBTRACT).ignore().query_async::<()>(&mut redis.clone()).await?;
            pipe.query_async(&mut redis.clone()).await
        }
        outcome => outcome,
    }
}
