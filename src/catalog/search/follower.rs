//! Keeps the search index of this process up to date with the catalog: builds it, then reads the changes since.

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
/// Up to this number of products, the first search builds the index. In a larger shop, only the background task does.
const MAX_PRODUCTS_AT_ONCE: i64 = 2_000;
/// The maximum number of changes that a search reads into the index. If there are more, the background task reads them.
const MAX_CHANGES_AT_ONCE: i64 = 200;
/// If there are more changes than this, the index is built anew.
const MAX_CHANGES: i64 = 300_000;
/// If the changes were last read this long ago, the index is built anew: changes are deleted after an hour, so an older
/// index may have missed some.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);
/// How often the sales by which products are ranked are loaded again.
const POPULARITY_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The index, and the position up to which it contains the changes of the catalog.
#[derive(Default)]
pub(super) struct Follower {
    pub(super) index: RwLock<Option<Index>>,
    position: Mutex<Position>,
    /// True while the index is built, which may take minutes. `position` is locked during that time.
    is_building: AtomicBool,
}

/// The position up to which changes are read. Only the thread that holds its lock reads changes.
#[derive(Default)]
struct Position {
    /// The changes of all transactions with ids below this are read.
    since: i64,
    /// The ids of later transactions whose changes are read too.
    known: HashSet<i64>,
    read_at: Option<Instant>,
    popularity_at: Option<Instant>,
    /// The id of the last product that was compared with the index; 0 to begin with the first.
    checked_through: i64,
}

/// How much work a call may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// Little, because a visitor waits.
    Little,
    Any,
}

impl Follower {
    /// Reads the changes of all committed transactions into the index. Returns false if that is too much work for
    /// `effort`: then there is no index yet, or the latest changes are missing in it.
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

    /// Builds a new index of all products, and replaces the old one by it.
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

    /// Replaces the indexed documents of the products `spus` by `documents`. A product without a document is removed.
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

    /// Does the periodic work: builds the index anew if too many of its documents are outdated, loads the sales by
    /// which products are ranked, and compares some products with the index.
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

    /// Compares the next [`STEP`] products with the index, and corrects the index where it differs.
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
    /// Records that the changes in these rows are read.
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

/// Returns whether the shop has so few products that a search may build the index while a visitor waits.
fn is_small(conn: &mut PgConnection) -> QueryResult<bool> {
    let count = i64::try_from(queries::next_spus(conn, 0, MAX_PRODUCTS_AT_ONCE + 1)?.len());
    Ok(count.is_ok_and(|count| count <= MAX_PRODUCTS_AT_ONCE))
}
