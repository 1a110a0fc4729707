//! Coalesces concurrent reads (the DataLoader pattern): keys that are requested while a load runs are loaded together
//! by the next load. Nothing is cached: a value always comes from a load that started after it was requested. A loader
//! without a running load starts one at once.

use diesel::{PgConnection, QueryResult};
use std::{collections::HashMap, error::Error, fmt, future::Future, hash::Hash, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout_at,
};

use super::{
    db::{Db, DbError, Share},
    deadline,
};

const MAX_KEYS: usize = 64;
/// The maximum number of requests that wait for the next load; one more fails with [`BatchError::Full`]. If all
/// checkouts of a full queue (8,192 by default) are refused at the same time, each of their requests loads a page, and
/// all of them fit.
const MAX_WAITING: usize = 16_384;

const LOAD_TIMEOUT: Duration = Duration::from_millis(2700);

#[derive(Debug)]
pub enum BatchError<E> {
    /// Too many requests wait for the next load. The same request may succeed soon.
    Full,
    /// The load failed; every request of the batch gets this error.
    Failed(Arc<E>),
    /// There is no result, because the load panicked or the program is shutting down.
    Gone,
    Late,
}

impl<E: fmt::Display> fmt::Display for BatchError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("too many wait for the same load"),
            Self::Failed(cause) => cause.fmt(f),
            Self::Gone => f.write_str("a load ended without an answer"),
            Self::Late => f.write_str("a load takes too long"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for BatchError<E> {}

type LoadResult<V, E> = Result<Option<Arc<V>>, BatchError<E>>;
type Waiter<V, E> = oneshot::Sender<LoadResult<V, E>>;

/// Loads values by key, many keys with one call of a function; cheap to clone.
pub struct BatchLoader<K, V, E> {
    queue: mpsc::Sender<(K, Waiter<V, E>)>,
}

impl<K, V, E> Clone for BatchLoader<K, V, E> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<K, V, E> BatchLoader<K, V, E>
where
    K: Eq + Hash + Clone + Send + 'static,
    V: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    /// Starts a loader that calls `load` with distinct keys; `load` returns the values it finds, by key. The loader's
    /// task runs on the current Tokio runtime until the last clone is dropped.
    pub fn new<L, F>(load: L) -> Self
    where
        L: Fn(Vec<K>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<K, V>, E>> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        tokio::spawn(serve(waiting, Arc::new(load)));
        Self { queue }
    }

    /// Returns the current value for `key`; `None` if there is none. Dropping the returned future is safe at any time.
    pub async fn get(&self, key: K) -> LoadResult<V, E> {
        let (waiter, answer) = oneshot::channel();
        self.queue.try_send((key, waiter)).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => BatchError::Full,
            mpsc::error::TrySendError::Closed(_) => BatchError::Gone,
        })?;
        match timeout_at(deadline::within(LOAD_TIMEOUT), answer).await {
            Ok(answer) => answer.unwrap_or(Err(BatchError::Gone)),
            Err(_) => Err(BatchError::Late),
        }
    }
}

type Load<K, V> = fn(&mut PgConnection, &[K]) -> QueryResult<HashMap<K, V>>;

/// Makes a loader that calls `load` with a connection of [`Share::Loader`].
pub fn batched<K, V>(db: &Db, load: Load<K, V>) -> BatchLoader<K, V, DbError>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    let db = db.sharing(Share::Loader);
    BatchLoader::new(move |keys: Vec<K>| {
        let db = db.clone();
        async move { db.run(move |conn| Ok(load(conn, &keys)?)).await }
    })
}

async fn serve<K, V, E, L, F>(mut waiting: mpsc::Receiver<(K, Waiter<V, E>)>, load: Arc<L>)
where
    K: Eq + Hash + Clone + Send + 'static,
    V: Send + Sync + 'static,
    E: Send + Sync + 'static,
    L: Fn(Vec<K>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<HashMap<K, V>, E>> + Send + 'static,
{
    // One load at a time: the busier the database, the more requests share a load.
    while let Some(first) = waiting.recv().await {
        let batch = gather(first, &mut waiting);
        let load = Arc::clone(&load);
        // In its own task, so that a panic ends only that; dropping the senders fails their requests.
        let loading = tokio::spawn(async move {
            let loaded = load(batch.keys().cloned().collect()).await;
            answer(batch, loaded);
        });
        let _ = loading.await;
    }
}

type PendingKeys<K, V, E> = HashMap<K, Vec<Waiter<V, E>>>;

/// Returns the requests for the next load by key: `first` and those that wait in the queue, up to [`MAX_KEYS`] distinct
/// keys.
fn gather<K: Eq + Hash, V, E>(
    first: (K, Waiter<V, E>),
    waiting: &mut mpsc::Receiver<(K, Waiter<V, E>)>,
) -> PendingKeys<K, V, E> {
    let mut batch: PendingKeys<K, V, E> = HashMap::new();
    let mut next = Some(first);
    while let Some((key, waiter)) = next {
        if !waiter.is_closed() {
            batch.entry(key).or_default().push(waiter);
        }
        next = (batch.len() < MAX_KEYS).then(|| waiting.try_recv().ok()).flatten();
    }
    batch
}

fn answer<K: Eq + Hash, V, E>(batch: PendingKeys<K, V, E>, loaded: Result<HashMap<K, V>, E>) {
    let mut found = loaded.map_err(Arc::new);
    for (key, waiters) in batch {
        let value = match &mut found {
            Ok(found) => Ok(found.remove(&key).map(Arc::new)),
            Err(cause) => Err(Arc::clone(cause)),
        };
        for waiter in waiters {
            let _ = waiter.send(value.clone().map_err(BatchError::Failed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };
    use tokio::time::sleep;

    type Loaded = Result<HashMap<u32, usize>, &'static str>;
    type Counting = BatchLoader<u32, usize, &'static str>;
    type Asked = Arc<std::sync::Mutex<Vec<Vec<u32>>>>;

    /// Returns (loader whose loads take 50 ms and return how many loads have started, record of the keys of each load).
    fn counting() -> (Counting, Asked) {
        let asked = Asked::default();
        let (begun, noted) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&asked));
        let batcher = BatchLoader::new(move |mut keys: Vec<u32>| {
            keys.sort_unstable();
            noted.lock().unwrap().push(keys.clone());
            let number = begun.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                sleep(Duration::from_millis(50)).await;
                let known = keys.into_iter().filter(|key| *key < 1000);
                Loaded::Ok(known.map(|key| (key, number)).collect())
            }
        });
        (batcher, asked)
    }

    async fn all(batcher: &Counting, keys: &[u32]) -> Vec<usize> {
        let waiting = keys.iter().map(|key| batcher.get(*key));
        let answers = futures_util::future::join_all(waiting).await;
        answers.into_iter().map(|answer| *answer.unwrap().unwrap()).collect()
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_is_answered_by_one_load() {
        let (batcher, asked) = counting();
        assert_eq!(all(&batcher, &[7, 7, 8, 7]).await, [1, 1, 1, 1]);
        assert_eq!(*asked.lock().unwrap(), [[7, 8]]);
        assert!(batcher.get(5000).await.unwrap().is_none(), "a key that is not there is answered too");
    }

    #[tokio::test]
    async fn nobody_is_answered_by_a_load_that_began_before_they_asked() {
        let (batcher, _) = counting();
        let early = batcher.clone();
        let early = tokio::spawn(async move { all(&early, &[7]).await });
        sleep(Duration::from_millis(10)).await;
        let late = batcher.clone();
        let late = tokio::spawn(async move { all(&late, &[7]).await });
        sleep(Duration::from_millis(10)).await;
        assert_eq!(all(&batcher, &[7, 9]).await, [2, 2]);
        assert_eq!((early.await.unwrap(), late.await.unwrap()), (vec![1], vec![2]));
    }

    #[tokio::test]
    async fn more_keys_than_one_load_takes_go_into_several() {
        let (batcher, asked) = counting();
        let keys: Vec<u32> = (0..150).collect();
        assert_eq!(all(&batcher, &keys).await.len(), 150);
        let sizes: Vec<usize> = asked.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(sizes, [64, 64, 22]);
    }

    #[tokio::test]
    async fn whoever_stops_waiting_harms_nobody() {
        let (batcher, asked) = counting();
        let impatient = tokio::time::timeout(Duration::from_millis(5), batcher.get(1)).await;
        assert!(impatient.is_err());
        assert_eq!(all(&batcher, &[2]).await, [2]);
        assert_eq!(*asked.lock().unwrap(), [[1], [2]]);
    }

    #[tokio::test]
    async fn a_failure_is_everybodys_who_waited_for_it_and_nobody_elses() {
        let batcher: Counting = BatchLoader::new(|keys: Vec<u32>| async move {
            if keys.contains(&13) { Err("no luck") } else { Ok(keys.into_iter().map(|key| (key, 0)).collect()) }
        });
        let both = futures_util::future::join(batcher.get(12), batcher.get(13)).await;
        assert!(matches!(both.0, Err(BatchError::Failed(cause)) if *cause == "no luck"));
        assert!(matches!(both.1, Err(BatchError::Failed(_))));
        assert!(batcher.get(12).await.is_ok());
    }

    #[tokio::test]
    async fn a_panic_answers_everybody_and_the_batcher_lives_on() {
        let batcher: Counting = BatchLoader::new(|keys: Vec<u32>| async move {
            assert!(!keys.contains(&13), "unlucky");
            Ok(keys.into_iter().map(|key| (key, 0)).collect())
        });
        for _ in 0..3 {
            assert!(matches!(batcher.get(13).await, Err(BatchError::Gone)));
        }
        assert!(batcher.get(12).await.is_ok());
    }

    #[tokio::test]
    async fn a_queue_that_is_full_says_so_at_once() {
        let (batcher, _) = counting();
        let waiting: Vec<_> = (0..MAX_WAITING + 1).map(|_| Box::pin(batcher.get(7))).collect();
        let answers = futures_util::future::join_all(waiting).await;
        assert_eq!(answers.iter().filter(|answer| matches!(answer, Err(BatchError::Full))).count(), 1);
    }
}
