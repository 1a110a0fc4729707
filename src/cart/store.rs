//! Carts in Redis. What must happen together is one script or one MULTI; the keys of a cart share a slot.
//!
//! Beside the two keys of the design there is `prices:{..}`, a hash of what one of each SKU cost when it was put in, so
//! that the cart can say that a price has changed; `since:{..}`, when it was begun, which tells it from one that was filled
//! after Redis had lost it; `checkout:{..}`, the token of its next checkout; and `claim:{..}`, the token of the checkout that
//! has it to itself, with how many presses of it are under way.

use redis::{AsyncCommands, RedisResult, Script};
use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
    sync::LazyLock,
};

use super::model::{Cart, Entry, Owner};
use crate::{
    kernel::{Money, Quantity, SkuId},
    platform::redis::{Redis, is_rubbish},
};

/// The most entries that adding can bring a cart to.
pub(super) const MAX_ENTRIES: usize = 100;

/// A guest's cart that nobody touches is forgotten after 30 days.
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

/// What each script begins with. A key of a cart that holds another kind of value is dropped. `counted` is the count of an
/// entry, none where it is no count from 1 to 999; `last` gives a guest's keys their time again, at the end of each script
/// that writes; `begun` is when the cart was begun, which is now if nothing says otherwise.
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
    local function begun()
        redis.call('setnx', KEYS[4], table.concat(redis.call('time'), '.'))
        return redis.call('get', KEYS[4])
    end
    local function last(seconds)
        if tonumber(seconds) > 0 then for i = 1, 4 do redis.call('expire', KEYS[i], seconds) end end
    end
";

/// A script over the four keys of a cart, and those that come after them.
pub(super) fn script(body: &str) -> Script {
    Script::new(&format!("{BEGIN}{body}"))
}

static MEND: LazyLock<Script> = LazyLock::new(|| script(""));

/// Reads a cart's keys; where one holds another kind of value, drops that and reads again.
async fn reading<T>(redis: &Redis, owner: &Owner, read: impl AsyncFn() -> RedisResult<T>) -> RedisResult<T> {
    match read().await {
        Err(error) if is_rubbish(&error) => {
            invoke(&MEND, owner).invoke_async::<()>(&mut redis.clone()).await?;
            read().await
        }
        outcome => outcome,
    }
}

fn parsed<T: FromStr>(kept: &[u8]) -> Option<T> {
    std::str::from_utf8(kept).ok()?.parse().ok()
}

/// A cart as Redis keeps it: counts, what is selected, and prices seen.
pub(super) type Kept = (HashMap<Vec<u8>, Vec<u8>>, HashSet<Vec<u8>>, HashMap<Vec<u8>, Vec<u8>>);

/// What is no entry of ours is not shown.
impl From<Kept> for Cart {
    fn from((counts, selected, prices): Kept) -> Self {
        let entry = |(sku, count): (&Vec<u8>, &Vec<u8>)| {
            Some(Entry {
                sku_id: SkuId(parsed(sku)?),
                count: Quantity::new(parsed(count)?)?,
                selected: selected.contains(sku),
                seen_price: prices.get(sku).and_then(|price| parsed(price)),
            })
        };
        let mut entries: Vec<Entry> = counts.iter().filter_map(entry).collect();
        entries.sort_by_key(|entry| entry.sku_id);
        Self { entries }
    }
}

/// Everything in a cart. The keys are read one after the other and not in a MULTI, which a Redis without room for writes
/// refuses; what another tab changes in between is missing or not, as if it had come a moment later.
pub async fn load(redis: &Redis, owner: &Owner) -> RedisResult<Cart> {
    let keys = Keys::of(owner);
    let mut pipe = redis::pipe();
    pipe.hgetall(&keys.cart).smembers(&keys.selected).hgetall(&keys.prices);
    let kept: Kept = reading(redis, owner, async || pipe.query_async(&mut redis.clone()).await).await?;
    Ok(kept.into())
}

/// How many entries a cart has.
pub(super) async fn size(redis: &Redis, owner: &Owner) -> RedisResult<u32> {
    let key = Keys::of(owner).cart;
    reading(redis, owner, async || redis.clone().hlen(&key).await).await
}

static TOUCH: LazyLock<Script> = LazyLock::new(|| script("last(ARGV[1])"));

/// A guest's cart that is used.
pub(super) struct Used {
    /// How many entries it has.
    pub(super) entries: u32,
    /// Whether its keys were given their time again; at most daily.
    pub(super) is_renewed: bool,
}

/// Notes that a guest's cart is used.
pub(super) async fn use_of_guest(redis: &Redis, owner: &Owner) -> RedisResult<Used> {
    let key = Keys::of(owner).cart;
    let mut pipe = redis::pipe();
    pipe.hlen(&key).ttl(&key);
    let (entries, left): (u32, i64) =
        reading(redis, owner, async || pipe.query_async(&mut redis.clone()).await).await?;
    let is_renewed = (0..GUEST_SECONDS - DAY_SECONDS).contains(&left);
    if is_renewed {
        invoke(&TOUCH, owner).arg(Keys::lasting(owner)).invoke_async::<()>(&mut redis.clone()).await?;
    }
    Ok(Used { entries, is_renewed })
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
         local now = counted(sku)
         if now == 0 and redis.call('hlen', KEYS[1]) >= tonumber(ARGV[4]) then return -1 end
         if now + count > tonumber(ARGV[5]) then return -2 end
         redis.call('hset', KEYS[1], sku, now + count)
         redis.call('sadd', KEYS[2], sku)
         redis.call('hset', KEYS[3], sku, price)
         begun()
         last(ARGV[6])
         return now + count",
    )
});

/// Adds to what is there, selected.
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

/// An entry that is to stand in a cart, selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Which SKU.
    pub sku_id: SkuId,
    /// At least so many.
    pub count: Quantity,
    /// What one of it costs now.
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
         if redis.call('exists', KEYS[1]) == 1 then begun() end
         return full",
    )
});

/// Puts these entries into an account's cart: of each SKU the larger count, so that doing it again changes nothing. Gives those
/// that a cart of a hundred entries had no room for.
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

/// Sets the count of an entry that is there; says whether it was.
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

/// Takes an entry out; there is nothing to say if it was not in.
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

/// Selects an entry that is there, or unselects it; says whether it was.
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

/// Selects all entries, or none.
pub(super) async fn select_all(redis: &Redis, owner: &Owner, selected: bool) -> RedisResult<()> {
    let call = &mut invoke(&SELECT_ALL, owner);
    call.arg(i32::from(selected)).arg(Keys::lasting(owner)).invoke_async(&mut redis.clone()).await
}

/// Calls a [`script`] on the cart of `owner`.
pub(super) fn invoke<'a>(script: &'a Script, owner: &Owner) -> redis::ScriptInvocation<'a> {
    let keys = Keys::of(owner);
    let mut call = script.prepare_invoke();
    call.key(keys.cart).key(keys.selected).key(keys.prices).key(keys.since);
    call
}
