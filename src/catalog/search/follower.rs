//! Keeps the search index of this process up to date with the catalog: builds it, then reads the changes since.

use diesel::{PgConnection, QueryResult};
use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
    slice::Chunks,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    documents::{Document, fingerprint, prepare},
    index::Index,
    queries::{self, ChangeKind, ChangeRow, Listed},
};
use crate::{catalog::listings::ListedProduct, kernel::SpuId};

/// The number of products that one statement loads.
const STEP: i64 = 2_000;
/// Up to this number of products, the first search builds the index. In a larger shop, only the background task does.
const MAX_PRODUCTS_AT_ONCE: i64 = 2_000;
/// The maximum numbers of changed texts and of other changes that a search reads itself; if there are more, all are left
/// to the background task. A text takes about 0.2 ms, another change a hundredth of that.
const MAX_TEXTS_AT_ONCE: usize = 200;
const MAX_CHANGES_AT_ONCE: i64 = 2_000;
/// If there are more changes, the index is built again.
const MAX_CHANGES: i64 = 300_000;
/// If the changes were last read this long ago, the index is built anew: changes are deleted after an hour, so an older
/// index may have missed some.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// What is searched, and how far it has read the changes of the catalog.
#[derive(Default)]
pub(super) struct Follower {
    pub(super) products: RwLock<Option<Products>>,
    position: Mutex<Position>,
    /// True while the index is built, which may take minutes. `position` is locked during that time.
    is_building: AtomicBool,
}

/// The products on sale.
#[derive(Default)]
pub(super) struct Products {
    pub(super) index: Index,
    /// What lists sort and filter them by.
    listed: HashMap<SpuId, ListedProduct>,
}

/// How far the changes are read. Whoever holds it is the only one who reads them.
#[derive(Default)]
struct Position {
    /// The changes of all transactions with ids below this are read.
    since: i64,
    /// The ids of later transactions whose changes are read too.
    known: HashSet<i64>,
    read_at: Option<Instant>,
    /// The last product that was compared with the index.
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
        let are_too_many = i64::try_from(rows.len()).unwrap_or(i64::MAX) > most + 1;
        if effort == Effort::Little && (are_too_many || spus(&rows, ChangeKind::Spu).len() > MAX_TEXTS_AT_ONCE) {
            return Ok(false);
        }
        if are_too_many {
            self.build(conn, &mut position)?;
            return Ok(true);
        }
        self.apply(conn, &rows)?;
        position.note(&rows);
        Ok(true)
    }

    fn is_ready(&self) -> bool {
        self.products.read().unwrap_or_else(PoisonError::into_inner).is_some()
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
        let mut products = Products::default();
        let taxonomy = queries::taxonomy(conn)?;
        products.index.set_taxonomy(taxonomy.categories, taxonomy.brands);
        let mut after = 0;
        loop {
            let spus = queries::next_spus(conn, after, STEP)?;
            let Some(last) = spus.last() else { break };
            after = *last;
            for document in queries::documents_of(conn, &spus)? {
                products.index.put(prepare(document));
            }
            products.list(&spus, queries::listed(conn, &spus)?);
        }
        products.index.shrink();
        let (count, megabytes) = (products.index.len(), products.memory() / 1_000_000);
        tracing::info!(products = count, megabytes, seconds = began.elapsed().as_secs_f64(), "built the search index");
        *self.products.write().unwrap_or_else(PoisonError::into_inner) = Some(products);
        *position = Position::default();
        position.note(&rows);
        Ok(())
    }

    fn apply(&self, conn: &mut PgConnection, rows: &[ChangeRow]) -> QueryResult<()> {
        if rows.iter().any(|row| row.kind == Some(ChangeKind::Taxonomy)) {
            let taxonomy = queries::taxonomy(conn)?;
            self.change(|products| products.index.set_taxonomy(taxonomy.categories, taxonomy.brands));
        }
        let changed = spus(rows, ChangeKind::Spu);
        self.replace(conn, &changed)?;
        let mut listed = spus(rows, ChangeKind::Listing);
        listed.retain(|spu| changed.binary_search(spu).is_err());
        for step in steps(&listed) {
            let fresh = queries::listed(conn, step)?;
            self.change(|products| products.list(step, fresh));
        }
        Ok(())
    }

    /// Reads these products again; one that is no longer on sale is removed.
    fn replace(&self, conn: &mut PgConnection, spus: &[i64]) -> QueryResult<()> {
        for step in steps(spus) {
            let documents = queries::documents_of(conn, step)?;
            let listed = queries::listed(conn, step)?;
            let there: HashSet<i64> = documents.iter().map(|document| document.spu).collect();
            let prepared: Vec<_> = documents.into_iter().map(prepare).collect();
            self.change(|products| {
                for spu in step.iter().filter(|spu| !there.contains(spu)) {
                    products.index.remove(*spu);
                }
                for document in prepared {
                    products.index.put(document);
                }
                products.list(step, listed);
            });
        }
        Ok(())
    }

    fn change(&self, change: impl FnOnce(&mut Products)) {
        if let Some(products) = self.products.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            change(products);
        }
    }

    /// Does what is due from time to time: compares some products with the index, and builds the index again if much of
    /// it is outdated.
    pub(super) fn maintain(&self, conn: &mut PgConnection) -> QueryResult<()> {
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let products = self.products.read().unwrap_or_else(PoisonError::into_inner);
        let is_worn = products.as_ref().is_some_and(|products| products.index.is_worn());
        drop(products);
        if is_worn {
            self.build(conn, &mut position)?;
        }
        self.check_some(conn, &mut position)
    }

    /// Compares the next [`STEP`] products with the index, and corrects the index where it differs.
    fn check_some(&self, conn: &mut PgConnection, position: &mut Position) -> QueryResult<()> {
        let after = position.checked_through;
        let spus = queries::next_spus(conn, after, STEP)?;
        let documents = queries::documents_of(conn, &spus)?;
        let listed = queries::listed(conn, &spus)?;
        // After the last product the check begins again; the index has none beyond it.
        let last = if i64::try_from(spus.len()) == Ok(STEP) { spus.last().copied() } else { None };
        let differing = match self.products.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(products) => products.differing(after + 1..=last.unwrap_or(i64::MAX), &documents, &listed),
            None => HashSet::new(),
        };
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
            self.replace(conn, &wrong)?;
        }
        Ok(())
    }
}

impl Products {
    /// Returns what lists sort and filter these products by, in the same order, without those that are not on sale.
    pub(super) fn listed(&self, spus: &[i64]) -> Vec<ListedProduct> {
        spus.iter().filter_map(|spu| self.listed.get(&SpuId(*spu))).cloned().collect()
    }

    /// Sets what lists sort and filter these products by; one that is not in `listed` has nothing.
    fn list(&mut self, spus: &[i64], listed: Vec<Listed>) {
        for spu in spus {
            self.listed.remove(&SpuId(*spu));
        }
        for Listed { product, popularity } in listed {
            self.index.set_popularity(product.spu.0, popularity);
            self.listed.insert(product.spu, product);
        }
    }

    /// Returns the ids of the products in the range that are not as the database has them.
    fn differing(&self, range: RangeInclusive<i64>, documents: &[Document], listed: &[Listed]) -> HashSet<i64> {
        let mut differing: HashSet<i64> = self.index.spus_between(*range.start(), *range.end()).collect();
        let fresh: HashMap<SpuId, &ListedProduct> = listed.iter().map(|row| (row.product.spu, &row.product)).collect();
        for document in documents {
            let is_listed_so = self.listed.get(&SpuId(document.spu)) == fresh.get(&SpuId(document.spu)).copied();
            if is_listed_so && self.index.fingerprint_of(document.spu) == Some(fingerprint(document)) {
                differing.remove(&document.spu);
            } else {
                differing.insert(document.spu);
            }
        }
        differing
    }

    /// Returns roughly how many bytes the products take in memory.
    fn memory(&self) -> usize {
        const ARC: usize = 16;
        let options = |product: &ListedProduct| ARC + product.option_values.len() * size_of::<i32>();
        let listed: usize =
            self.listed.values().map(|product| size_of::<(SpuId, ListedProduct)>() + options(product)).sum();
        self.index.memory() + listed
    }
}

/// Returns the products with a change of this kind, each once, in ascending order.
fn spus(rows: &[ChangeRow], kind: ChangeKind) -> Vec<i64> {
    let of_kind = rows.iter().filter(|row| row.kind == Some(kind));
    let mut spus: Vec<i64> = of_kind.map(|row| row.key).collect();
    spus.sort_unstable();
    spus.dedup();
    spus
}

/// Splits products into steps that one statement loads.
fn steps(spus: &[i64]) -> Chunks<'_, i64> {
    spus.chunks(usize::try_from(STEP).unwrap_or(1))
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
