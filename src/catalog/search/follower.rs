//! Keeps the index of this process like the catalog: builds it, then reads what has changed since.

use diesel::{PgConnection, QueryResult};
use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    documents::{Document, fingerprint, prepare},
    index::Index,
    queries::{self, ChangeRow},
};

/// The number of products that one statement loads.
const STEP: i64 = 2_000;
/// A shop of this many products at most is indexed by the first search. In a larger one that is done beforehand.
const MAX_PRODUCTS_AT_ONCE: i64 = 2_000;
/// The maximum number of changes that a search reads itself; more are left to the background task.
const MAX_CHANGES_AT_ONCE: i64 = 200;
/// If there are more changes, the index is built again.
const MAX_CHANGES: i64 = 300_000;
/// Changes are deleted after an hour; an index that is this old may have missed some.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);
/// How often it is loaded again how well products sell.
const POPULARITY_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The index, and how far it has read the changes of the catalog.
#[derive(Default)]
pub(super) struct Follower {
    pub(super) index: RwLock<Option<Index>>,
    position: Mutex<Position>,
    /// True while the index is built, which may take minutes and holds `position`.
    is_building: AtomicBool,
}

/// How far the changes are read. Whoever holds it is the only one who reads them.
#[derive(Default)]
struct Position {
    /// All transactions before this one are read.
    since: i64,
    /// Later transactions that are read, too.
    known: HashSet<i64>,
    read_at: Option<Instant>,
    popularity_at: Option<Instant>,
    /// The last product that was compared with the index.
    checked_through: i64,
}

/// How much work may be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// A visitor waits.
    Little,
    Any,
}

impl Follower {
    /// Brings the index up to the last commit. Returns false if that is too much work for now: there is no index yet, or
    /// it lacks the last changes.
    pub(super) fn follow(&self, conn: &mut PgConnection, effort: Effort) -> QueryResult<bool> {
        let mut position = match effort {
            Effort::Any => self.position.lock().unwrap_or_else(PoisonError::into_inner),
            // While the index is built again, visitors search the old one.
            Effort::Little if self.is_ready() && self.is_building.load(Ordering::Relaxed) => return Ok(false),
            Effort::Little if self.is_ready() => self.position.lock().unwrap_or_else(PoisonError::into_inner),
            Effort::Little => match self.position.try_lock() {
                Ok(position) => position,
                // In a small shop that takes a moment.
                Err(_) if is_small(conn)? => self.position.lock().unwrap_or_else(PoisonError::into_inner),
                Err(_) => return Ok(false),
            },
        };
        let is_old = position.read_at.is_none_or(|at| at.elapsed() > MAX_AGE);
        if is_old || !self.is_ready() {
            if effort == Effort::Little && !is_small(conn)? {
                return Ok(false);
            }
            self.build(conn, &mut position)?;
            return Ok(true);
        }
        let most = if effort == Effort::Little { MAX_CHANGES_AT_ONCE } else { MAX_CHANGES };
        let known = position.known.iter().copied().collect();
        let rows = queries::changes(conn, position.since, known, most + 1)?;
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) > most + 1 {
            if effort == Effort::Any {
                self.build(conn, &mut position)?;
            }
            return Ok(effort == Effort::Any);
        }
        self.apply(conn, &rows)?;
        position.note(&rows);
        Ok(true)
    }

    fn is_ready(&self) -> bool {
        self.index.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Builds the index of all products and puts it in place of the old one.
    fn build(&self, conn: &mut PgConnection, position: &mut Position) -> QueryResult<()> {
        self.is_building.store(true, Ordering::Relaxed);
        let built = self.build_all(conn, position);
        self.is_building.store(false, Ordering::Relaxed);
        built
    }

    fn build_all(&self, conn: &mut PgConnection, position: &mut Position) -> QueryResult<()> {
        let began = Instant::now();
        // What is committed from here on is read as a change.
        let rows = queries::changes(conn, i64::MAX, Vec::new(), 1)?;
        let mut index = Index::default();
        let taxonomy = queries::taxonomy(conn)?;
        index.set_taxonomy(taxonomy.categories, taxonomy.brands);
        let mut after = 0;
        loop {
            let spus = queries::next_spus(conn, after, STEP)?;
            let Some(last) = spus.last() else { break };
            after = *last;
            for document in queries::documents_of(conn, &spus)? {
                index.put(prepare(document));
            }
        }
        index.set_popularity(&queries::popularity(conn)?);
        index.shrink();
        let (products, megabytes) = (index.len(), index.memory() / 1_000_000);
        tracing::info!(products, megabytes, seconds = began.elapsed().as_secs_f64(), "built the search index");
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Some(index);
        *position =
            Position { since: 0, known: HashSet::new(), popularity_at: Some(Instant::now()), ..Position::default() };
        position.note(&rows);
        Ok(())
    }

    fn apply(&self, conn: &mut PgConnection, rows: &[ChangeRow]) -> QueryResult<()> {
        if rows.iter().any(|row| row.kind.as_deref() == Some("taxonomy")) {
            let taxonomy = queries::taxonomy(conn)?;
            self.change(|index| index.set_taxonomy(taxonomy.categories, taxonomy.brands));
        }
        let of_spus = rows.iter().filter(|row| row.kind.as_deref() == Some("spu"));
        let mut spus: Vec<i64> = of_spus.map(|row| row.key).collect();
        spus.sort_unstable();
        spus.dedup();
        for step in spus.chunks(usize::try_from(STEP).unwrap_or(1)) {
            self.replace(step, queries::documents_of(conn, step)?);
        }
        Ok(())
    }

    /// Replaces the documents of these products by those of `documents`; a product without one is removed.
    fn replace(&self, spus: &[i64], documents: Vec<Document>) {
        let there: HashSet<i64> = documents.iter().map(|document| document.spu).collect();
        let prepared: Vec<_> = documents.into_iter().map(prepare).collect();
        self.change(|index| {
            for spu in spus.iter().filter(|spu| !there.contains(spu)) {
                index.remove(*spu);
            }
            for document in prepared {
                index.put(document);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Index)) {
        if let Some(index) = self.index.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            change(index);
        }
    }

    /// Does what is due from time to time: loads how well products sell, compares some products with the index, and builds the
    /// index again if much of it is outdated.
    pub(super) fn maintain(&self, conn: &mut PgConnection) -> QueryResult<()> {
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let is_worn = self.index.read().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(Index::is_worn);
        if is_worn {
            self.build(conn, &mut position)?;
        }
        if position.popularity_at.is_none_or(|at| at.elapsed() > POPULARITY_INTERVAL) {
            let popularity = queries::popularity(conn)?;
            self.change(|index| index.set_popularity(&popularity));
            position.popularity_at = Some(Instant::now());
        }
        self.check_some(conn, &mut position)
    }

    /// Compares the next products with the index, and mends what differs.
    fn check_some(&self, conn: &mut PgConnection, position: &mut Position) -> QueryResult<()> {
        let after = position.checked_through;
        let spus = queries::next_spus(conn, after, STEP)?;
        let documents = queries::documents_of(conn, &spus)?;
        // After the last product the check begins again; the index has none beyond it.
        let last = if i64::try_from(spus.len()) == Ok(STEP) { spus.last().copied() } else { None };
        let mut differing = HashSet::new();
        if let Some(index) = self.index.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            differing.extend(index.spus_between(after + 1, last.unwrap_or(i64::MAX)));
            for document in &documents {
                if index.fingerprint_of(document.spu) == Some(fingerprint(document)) {
                    differing.remove(&document.spu);
                } else {
                    differing.insert(document.spu);
                }
            }
        }
        position.checked_through = last.unwrap_or_default();
        if differing.is_empty() {
            return Ok(());
        }
        // Changes of the last moments are no errors: they are read first.
        let known = position.known.iter().copied().collect();
        let changed: HashSet<i64> =
            queries::changes(conn, position.since, known, MAX_CHANGES)?.iter().map(|row| row.key).collect();
        let wrong: Vec<i64> = differing.into_iter().filter(|spu| !changed.contains(spu)).collect();
        if !wrong.is_empty() {
            tracing::warn!(products = wrong.len(), first = wrong.first(), "the search index differed from the catalog");
            let documents = queries::documents_of(conn, &wrong)?;
            self.replace(&wrong, documents);
        }
        Ok(())
    }
}

impl Position {
    /// Records which transactions are read.
    fn note(&mut self, rows: &[ChangeRow]) {
        for row in rows {
            match row.kind {
                None => self.since = row.changed_in,
                Some(_) => {
                    self.known.insert(row.changed_in);
                }
            }
        }
        let since = self.since;
        self.known.retain(|transaction| *transaction >= since);
        self.read_at = Some(Instant::now());
    }
}

/// Returns whether the shop has so few products that they can be indexed while a visitor waits.
fn is_small(conn: &mut PgConnection) -> QueryResult<bool> {
    let count = i64::try_from(queries::next_spus(conn, 0, MAX_PRODUCTS_AT_ONCE + 1)?.len());
    Ok(count.is_ok_and(|count| count <= MAX_PRODUCTS_AT_ONCE))
}
