//! Carts in Redis. What must happen together is one script or one MULTI; the keys of a cart share a slot.
//!
//! Beside the two keys of the design there is `prices:{..}`, a hash of what one of each SKU cost when it was put in, so
//! that the cart can say that a price has changed.

use redis::{AsyncCommands, RedisResult, Script, aio::ConnectionLike};
use std::{collections::HashMap, sync::LazyLock};

use super::model::{Cart, Entry, Merged, Owner};
use crate::{
    kernel::{Money, OrderNumber, Quantity, SkuId},
    platform::redis::Redis,
};

/// The most entries that adding can bring a cart to.
pub(super) const MOST_ENTRIES: usize = 100;

/// A guest's cart that nobody touches is forgotten after 30 days.
const GUEST_SECONDS: i64 = 30 * 24 * 3600;

/// How long a cart remembers that an order was taken out of it: a day.
const REMEMBER_SECONDS: i64 = 24 * 3600;

struct Keys {
    cart: String,
    selected: String,
    prices: String,
}

impl Keys {
    fn of(owner: &Owner) -> Self {
        Self {
            cart: format!("cart:{{{owner}}}"),
            selected: format!("selected:{{{owner}}}"),
            prices: format!("prices:{{{owner}}}"),
        }
    }

    fn lasting(owner: &Owner) -> i64 {
        match owner {
            Owner::User(_) => 0,
            Owner::Guest(_) => GUEST_SECONDS,
        }
    }
}

/// Gives the guest's keys their time again; called at the end of each script that writes.
const LAST: &str = "
    local function last(seconds)
        if tonumber(seconds) > 0 then for _, key in ipairs(KEYS) do redis.call('expire', key, seconds) end end
    end
";

fn script(body: &str) -> Script {
    Script::new(&format!("{LAST}{body}"))
}

/// Everything in a cart, as it is at one moment.
///
/// # Errors
/// Redis is away.
pub async fn load(redis: &Redis, owner: &Owner) -> RedisResult<Cart> {
    let keys = Keys::of(owner);
    let (counts, selected, prices): (HashMap<i64, i64>, Vec<i64>, HashMap<i64, String>) = redis::pipe()
        .atomic()
        .hgetall(&keys.cart)
        .smembers(&keys.selected)
        .hgetall(&keys.prices)
        .query_async(&mut redis.clone())
        .await?;
    let mut entries: Vec<Entry> = counts
        .into_iter()
        .filter_map(|(sku, count)| {
            Some(Entry {
                sku_id: SkuId(sku),
                count: Quantity::new(count)?,
                selected: selected.contains(&sku),
                seen_price: prices.get(&sku).and_then(|price| price.parse().ok()),
            })
        })
        .collect();
    entries.sort_by_key(|entry| entry.sku_id);
    Ok(Cart { entries })
}

/// How many entries a cart has.
///
/// # Errors
/// Redis is away.
pub(super) async fn size(redis: &Redis, owner: &Owner) -> RedisResult<u32> {
    redis.clone().hlen(Keys::of(owner).cart).await
}

/// What became of an entry that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// There are so many of it now.
    Count(Quantity),
    /// The cart has a hundred other entries.
    CartFull,
    /// There would be more than 999 of it.
    TooMany,
}

static ADD: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local sku, count, price = ARGV[1], tonumber(ARGV[2]), ARGV[3]
         local now = tonumber(redis.call('hget', KEYS[1], sku) or '0')
         if now == 0 and redis.call('hlen', KEYS[1]) >= tonumber(ARGV[4]) then return -1 end
         if now + count > tonumber(ARGV[5]) then return -2 end
         redis.call('hset', KEYS[1], sku, now + count)
         redis.call('sadd', KEYS[2], sku)
         redis.call('hset', KEYS[3], sku, price)
         last(ARGV[6])
         return now + count",
    )
});

/// Adds to what is there, selected.
///
/// # Errors
/// Redis is away.
pub(super) async fn add(redis: &Redis, owner: &Owner, sku: SkuId, count: Quantity, price: Money) -> RedisResult<Added> {
    let answer: i64 = invoke(&ADD, owner)
        .arg(sku.0)
        .arg(count.get())
        .arg(price.plain())
        .arg(MOST_ENTRIES)
        .arg(Quantity::MAX.get())
        .arg(Keys::lasting(owner))
        .invoke_async(&mut redis.clone())
        .await?;
    Ok(match Quantity::new(answer) {
        Some(count) => Added::Count(count),
        None if answer == -1 => Added::CartFull,
        None => Added::TooMany,
    })
}

static SET: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return 0 end
         redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
         last(ARGV[3])
         return 1",
    )
});

/// Sets the count of an entry that is there; says whether it was.
///
/// # Errors
/// Redis is away.
pub async fn set(redis: &Redis, owner: &Owner, sku: SkuId, count: Quantity) -> RedisResult<bool> {
    let call = &mut invoke(&SET, owner);
    call.arg(sku.0).arg(count.get()).arg(Keys::lasting(owner)).invoke_async(&mut redis.clone()).await
}

/// Takes an entry out; there is nothing to say if it was not in.
///
/// # Errors
/// Redis is away.
pub(super) async fn remove(redis: &Redis, owner: &Owner, sku: SkuId) -> RedisResult<()> {
    let keys = Keys::of(owner);
    redis::pipe()
        .atomic()
        .hdel(&keys.cart, sku.0)
        .srem(&keys.selected, sku.0)
        .hdel(&keys.prices, sku.0)
        .exec_async(&mut redis.clone())
        .await
}

static SELECT: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return 0 end
         redis.call(ARGV[2], KEYS[2], ARGV[1])
         last(ARGV[3])
         return 1",
    )
});

/// Selects an entry that is there, or unselects it; says whether it was.
///
/// # Errors
/// Redis is away.
pub async fn select(redis: &Redis, owner: &Owner, sku: SkuId, selected: bool) -> RedisResult<bool> {
    let command = if selected { "sadd" } else { "srem" };
    let call = &mut invoke(&SELECT, owner);
    call.arg(sku.0).arg(command).arg(Keys::lasting(owner)).invoke_async(&mut redis.clone()).await
}

static SELECT_ALL: LazyLock<Script> = LazyLock::new(|| {
    script(
        "redis.call('del', KEYS[2])
         local skus = redis.call('hkeys', KEYS[1])
         if ARGV[1] == '1' and #skus > 0 then redis.call('sadd', KEYS[2], unpack(skus)) end
         last(ARGV[2])",
    )
});

/// Selects all entries, or none.
///
/// # Errors
/// Redis is away.
pub(super) async fn select_all(redis: &Redis, owner: &Owner, selected: bool) -> RedisResult<()> {
    let call = &mut invoke(&SELECT_ALL, owner);
    call.arg(i32::from(selected)).arg(Keys::lasting(owner)).invoke_async(&mut redis.clone()).await
}

static MERGE: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local added, raised = 0, 0
         for i = 1, #ARGV, 4 do
             local sku, count = ARGV[i], tonumber(ARGV[i + 1])
             local now = tonumber(redis.call('hget', KEYS[1], sku) or '0')
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

/// Brings a guest's cart into somebody's own: of each SKU the larger count, no entry lost, what was selected selected.
/// The guest's cart is gone afterwards. Doing it again after a crash in between changes nothing.
///
/// # Errors
/// Redis is away.
pub async fn merge(redis: &Redis, guest: &Owner, user: &Owner) -> RedisResult<Merged> {
    let brought = load(redis, guest).await?;
    if brought.entries.is_empty() {
        return Ok(Merged::default());
    }
    let mut call = invoke(&MERGE, user);
    for entry in &brought.entries {
        let seen = entry.seen_price.map(Money::plain).unwrap_or_default();
        call.arg(entry.sku_id.0).arg(entry.count.get()).arg(i32::from(entry.selected)).arg(seen);
    }
    let (added, raised) = call.invoke_async(&mut redis.clone()).await?;
    let keys = Keys::of(guest);
    redis.clone().del::<_, ()>(&[keys.cart, keys.selected, keys.prices]).await?;
    Ok(Merged { added, raised })
}

/// What an order took of one SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The SKU.
    pub sku_id: SkuId,
    /// How many.
    pub count: i32,
}

static SUBTRACT: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if not redis.call('set', KEYS[4], '1', 'NX', 'EX', ARGV[1]) then return 0 end
         for i = 2, #ARGV, 2 do
             local sku, bought = ARGV[i], tonumber(ARGV[i + 1])
             local left = tonumber(redis.call('hget', KEYS[1], sku) or '0') - bought
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

/// Takes out of a cart what an order has bought, and no more: a count raised meanwhile keeps the difference. The cart
/// remembers the order for a day, so that a second call changes nothing; it says whether this was the first.
///
/// # Errors
/// Redis is away.
pub async fn subtract(
    redis: &mut (impl ConnectionLike + Clone),
    owner: &Owner,
    order: &OrderNumber,
    bought: &[Bought],
) -> RedisResult<bool> {
    let mut call = invoke(&SUBTRACT, owner);
    call.key(format!("bought:{{{owner}}}:{order}")).arg(REMEMBER_SECONDS);
    for Bought { sku_id, count } in bought {
        call.arg(sku_id.0).arg(*count);
    }
    call.invoke_async(redis).await
}

fn invoke<'a>(script: &'a Script, owner: &Owner) -> redis::ScriptInvocation<'a> {
    let keys = Keys::of(owner);
    let mut call = script.prepare_invoke();
    call.key(keys.cart).key(keys.selected).key(keys.prices);
    call
}
