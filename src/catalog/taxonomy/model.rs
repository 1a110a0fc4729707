//! Categories and brands as staff see and edit them.

use crate::{
    catalog::localized_name::LocalizedName,
    kernel::{BrandId, CategoryId},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryDetails {
    pub name: LocalizedName,
    /// The unique slug for URLs and the audit log. An empty input keeps it, or gives a new category a numbered one.
    pub slug: String,
    /// `None` for a root category.
    pub parent_id: Option<CategoryId>,
    /// The low-stock threshold of SKUs that have none of their own. `None` takes that of the parent.
    pub low_stock_at: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandDetails {
    pub name: LocalizedName,
    /// The unique slug for URLs and the audit log. An empty input keeps it, or gives a new brand a numbered one.
    pub slug: String,
}

/// The details of a row and their version, for optimistic locking.
#[derive(Clone, Debug)]
pub struct Versioned<D> {
    /// The version of the row, incremented by each edit.
    pub version: i32,
    pub details: D,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryListItem {
    pub id: CategoryId,
    pub name: String,
    pub slug: String,
    /// The number of its ancestors.
    pub depth: i32,
    /// The number of SPUs in it and its descendants.
    pub spus: i64,
    /// The low-stock threshold of its SKUs that have none of their own.
    pub low_stock_at: i32,
    /// Whether the threshold is its own, not that of an ancestor.
    pub low_stock_own: bool,
    pub first: bool,
    pub last: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandListItem {
    pub id: BrandId,
    pub name: String,
    pub slug: String,
    pub spus: i64,
}

/// The direction in which a category moves among its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveDirection {
    Up,
    Down,
}
