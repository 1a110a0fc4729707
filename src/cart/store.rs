//! Carts in Redis. Scripts change several keys atomically; `{owner}` in a key is a hash tag, so that all keys of a cart
//! are on one node of a cluster.
//!
//! Keys: `cart:{..}` (hash: SKU to count), `selected:{..}` (set), `prices:{..}` (hash: SKU to unit price when added, to
//! report changes), `since:{..}` (the cart's version), `checkout:{..}` (token of the next checkout), `claim:{..}`
//! (hash: token of the checkout that has claimed the cart, to its number of claims).

use redis::{AsyncCommands, RedisResult, Script};
use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
    sync::LazyLock,
};

use super::model::{Cart, Entry, Owner};
use crate::{
    kernel::{Money, Quantity, SkuId},
    platform::redis::{Redis, is_unreadable_value},
};

/// A cart with this many entries accepts no further one. Merging two carts may lead to more.
pub(super) const MAX_ENTRIES: usize = 100;

/// The seconds after which a guest's cart that is not used expires: 30 days.
const GUEST_SECONDS: i64 = 30 * DAY_SECONDS;
const DAY_SECONDS: i64 = 24 * 3600;

struct Keys {
    cart: String,
    selected: String,
    prices: String,
    since: String,
}

impl Keys {
    fn of(owner: &Owner) -> Self {
        Self {
            cart: format!("cart:{{{owner}}}"),
            selected: format!("selected:{{{owner}}}"),
            prices: format!("prices:{{{owner}}}"),
            since: format!("since:{{{owner}}}"),
        }
    }

    fn lasting(owner: &Owner) -> i64 {
        match owner {
            Owner::User(_) => 0,
            Owner::Guest(_) => GUEST_SECONDS,
        }
    }
}

/// The Lua code with which every script starts. It deletes keys of the cart that hold a value of the wrong type, and
/// defines: `counted`, the count of an entry, 0 if that is not an integer from 1 to 999; `last`, which sets the expiry
/// of a guest's keys and is called after writes; `cart_version`, which sets the version if it is missing and returns
/// it.
const BEGIN: &str = "
    for i, kind in ipairs({'hash', 'set', 'hash', 'string'}) do
        local found = redis.call('type', KEYS[i]).ok
        if found ~= kind and found ~= 'none' then redis.call('del', KEYS[i]) end
    end
    local function counted(sku)
        local n = tonumber(redis.call('hget', KEYS[1], sku) or '0')
        if n and n >= 1 and n <= 999 and n == math.floor(n) then return n end
        return 0
    end
    local function cart_version()
        redis.call('setnx', KEYS[4], table.concat(redis.call('time'), '.'))
        return redis.call('get', KEYS[4])
    end
    local function last(seconds)
        if tonumber(seconds) > 0 then for i = 1, 4 do redis.call('expire', KEYS[i], seconds) end end
    end
";

/// Returns a script that takes the four keys of a cart, and further keys after them; it starts with [`BEGIN`].
pub(super) fn script(body: &str) -> Script {
    Script::new(&format!("{BEGIN}{body}"))
}

static DELETE_WRONG_TYPES: LazyLock<Script> = LazyLock::new(|| script(""));

/// Calls `read`. If that fails because a key of the cart holds a value of the wrong type, deletes that key and calls
/// `read` again.
async fn reading<T>(redis: &Redis, owner: &Owner, read: impl AsyncFn() -> RedisResult<T>) -> RedisResult<T> {
    match read().await {
        Err(error) if is_unreadable_value(&error) => {
            invoke(&DELETE_WRONG_TYPES, owner).invoke_async::<()>(&mut redis.clone()).await?;
            read().await
        }
        outcome => outcome,
    }
}

fn parsed<T: FromStr>(raw: &[u8]) -> Option<T> {
    std::str::from_utf8(raw).ok()?.parse().ok()
}

/// A cart as Redis returns it: (SKU to count, selected SKUs, SKU to price when added).
pub(super) type RawCart = (HashMap<Vec<u8>, Vec<u8>>, HashSet<Vec<u8>>, HashMap<Vec<u8>, Vec<u8>>);

/// Parses the entries of a cart and sorts them by SKU. Skips those that cannot be parsed.
impl From<RawCart> for Cart {
    fn from((counts, selected, prices): RawCart) -> Self {
        let entry = |(sku, count): (&Vec<u8>, &Vec<u8>)| {
            Some(Entry {
                sku_id: SkuId(parsed(sku)?),
                count: Quantity::new(parsed(count)?)?,
                selected: selected.contains(sku),
                price_when_added: prices.get(sku).and_then(|price| parsed(price)),
            })
        };
        let mut entries: Vec<Entry> = counts.iter().filter_map(entry).collect();
        entries.sort_by_key(|entry| entry.sku_id);
        Self { entries }
    }
}

/// Reads a cart. The reads are not one transaction (MULTI), because Redis refuses that when it is out of memory; so a
/// concurrent change may be seen in part.
pub async fn load(redis: &Redis, owner: &Owner) -> RedisResult<Cart> {
    let keys = Keys::of(owner);
    let mut pipe = redis::pipe();
    pipe.hgetall(&keys.cart).smembers(&keys.selected).hgetall(&keys.prices);
    let raw: RawCart = reading(redis, owner, async || pipe.query_async(&mut redis.clone()).await).await?;
    Ok(raw.into())
}

pub(super) async fn size(redis: &Redis, owner: &Owner) -> RedisResult<u32> {
    let key = Keys::of(owner).cart;
    reading(redis, owner, async || redis.clone().hlen(&key).await).await
}

static TOUCH: LazyLock<Script> = LazyLock::new(|| script("last(ARGV[1])"));

pub(super) struct GuestCartUse {
    pub(super) entries: u32,
    /// True if the expiry was extended just now, which happens at most once a day.
    pub(super) is_renewed: bool,
}

/// Records that a guest's cart is in use, which extends its expiry, and returns its number of entries.
pub(super) async fn use_of_guest(redis: &Redis, owner: &Owner) -> RedisResult<GuestCartUse> {
    let key = Keys::of(owner).cart;
    let mut pipe = redis::pipe();
    pipe.hlen(&key).ttl(&key);
    let (entries, left): (u32, i64) =
        reading(redis, owner, async || pipe.query_async(&mut redis.clone()).await).await?;
    let is_renewed = (0..GUEST_SECONDS - DAY_SECONDS).contains(&left);
    if is_renewed {
        invoke(&TOUCH, owner).arg(Keys::lasting(owner)).invoke_async::<()>(&mut redis.clone()).await?;
    }
    Ok(GuestCartUse { entries, is_renewed })
}

/// The result of adding units of a SKU to a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    Count(Quantity),
    /// The cart already has 100 entries of other SKUs; nothing was added.
    CartFull,
    /// The count of the entry would exceed 999; nothing was added.
    TooMany,
}

static ADD: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local sku, count, price = ARGV[1], tonumber(ARGV[2]), ARGV[3]
         local now = counted(sku)
         if now == 0 and redis.call('hlen', KEYS[1]) >= tonumber(ARGV[4]) then return -1 end
         if now + count > tonumber(ARGV[5]) then return -2 end
         redis.call('hset', KEYS[1], sku, now + count)
         redis.call('sadd', KEYS[2], sku)
         redis.call('hset', KEYS[3], sku, price)
         cart_version()
         last(ARGV[6])
         return now + count",
    )
});

/// Adds `count` units of a SKU to the cart, selects the entry, and stores `price` as the SKU's price when added.
pub(super) async fn add(redis: &Redis, owner: &Owner, sku: SkuId, count: Quantity, price: Money) -> RedisResult<Added> {
    let answer: i64 = invoke(&ADD, owner)
        .arg(sku.0)
        .arg(count.get())
        .arg(price.plain())
        .arg(MAX_ENTRIES)
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

/// An entry that a cart has after [`put_back`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEntry {
    pub sku_id: SkuId,
    /// The count that the entry has afterwards, unless its count was larger before.
    pub count: Quantity,
    pub price: Money,
}

static PUT_BACK: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local full = {}
         for i = 2, #ARGV, 3 do
             local sku, count = ARGV[i], tonumber(ARGV[i + 1])
             local now = counted(sku)
             if now == 0 and redis.call('hlen', KEYS[1]) >= tonumber(ARGV[1]) then
                 full[#full + 1] = tonumber(sku)
             else
                 if count > now then
                     redis.call('hset', KEYS[1], sku, count)
                     redis.call('hset', KEYS[3], sku, ARGV[i + 2])
                 end
                 redis.call('sadd', KEYS[2], sku)
             end
         end
         if redis.call('exists', KEYS[1]) == 1 then cart_version() end
         return full",
    )
});

/// Makes sure that a user's cart has these entries, selected, with at least these counts; repeating it changes nothing.
/// Returns the SKUs that were left out, because the cart had 100 entries already.
pub async fn put_back(redis: &Redis, owner: &Owner, entries: &[NewEntry]) -> RedisResult<Vec<SkuId>> {
    let mut call = invoke(&PUT_BACK, owner);
    call.arg(MAX_ENTRIES);
    for entry in entries {
        call.arg(entry.sku_id.0).arg(entry.count.get()).arg(entry.price.plain());
    }
    let full: Vec<i64> = call.invoke_async(&mut redis.clone()).await?;
    Ok(full.into_iter().map(SkuId).collect())
}

static SET: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return 0 end
         redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
         last(ARGV[3])
         return 1",
    )
});

/// Sets the count of an existing entry; returns `false`, and changes nothing, if there is no entry of this SKU.
pub async fn set(redis: &Redis, owner: &Owner, sku: SkuId, count: Quantity) -> RedisResult<bool> {
    let call = &mut invoke(&SET, owner);
    call.arg(sku.0).arg(count.get()).arg(Keys::lasting(owner)).invoke_async(&mut redis.clone()).await
}

static REMOVE: LazyLock<Script> = LazyLock::new(|| {
    script(
        "redis.call('hdel', KEYS[1], ARGV[1])
         redis.call('srem', KEYS[2], ARGV[1])
         redis.call('hdel', KEYS[3], ARGV[1])",
    )
});

/// Removes an entry, if it exists.
pub(super) async fn remove(redis: &Redis, owner: &Owner, sku: SkuId) -> RedisResult<()> {
    invoke(&REMOVE, owner).arg(sku.0).invoke_async(&mut redis.clone()).await
}

static SELECT: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return 0 end
         redis.call(ARGV[2], KEYS[2], ARGV[1])
         last(ARGV[3])
         return 1",
    )
});

/// Selects or deselects an existing entry; returns `false` if there is no entry of this SKU.
pub async fn select(redis: &Redis, owner: &Owner, sku: SkuId, selected: bool) -> RedisResult<bool> {
    let command = if selected { "sadd" } else { "srem" };
    let call = &mut invoke(&SELECT, owner);
    call.arg(sku.0).arg(command).arg(Keys::lasting(owner)).invoke_async(&mut redis.clone()).await
}

static SELECT_ALL: LazyLock<Script> = LazyLock::new(|| {
    script(
        "redis.call('del', KEYS[2])
         if ARGV[1] == '1' then
             for _, sku in ipairs(redis.call('hkeys', KEYS[1])) do redis.call('sadd', KEYS[2], sku) end
         end
         last(ARGV[2])",
    )
});

pub(super) async fn select_all(redis: &Redis, owner: &Owner, selected: bool) -> RedisResult<()> {
    let call = &mut invoke(&SELECT_ALL, owner);
    call.arg(i32::from(selected)).arg(Keys::lasting(owner)).invoke_async(&mut redis.clone()).await
}

/// Deletes the cart of an owner with everything that Redis stores for it.
pub async fn forget(redis: &Redis, owner: &Owner) -> RedisResult<()> {
    let keys = Keys::of(owner);
    let of_checkout = [format!("checkout:{{{owner}}}"), format!("claim:{{{owner}}}")];
    let all = [keys.cart, keys.selected, keys.prices, keys.since].into_iter().chain(of_checkout);
    redis.clone().del(all.collect::<Vec<_>>()).await
}

pub(super) fn invoke<'a>(script: &'a Script, owner: &Owner) -> redis::ScriptInvocation<'a> {
    let keys = Keys::of(owner);
    let mut call = script.prepare_invoke();
    call.key(keys.cart).key(keys.selected).key(keys.prices).key(keys.since);
    call
}
