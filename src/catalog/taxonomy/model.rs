//! Categories and brands as staff see and edit them.

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Bool, Integer, Text},
};

use crate::{
    catalog::localized_name::LocalizedName,
    kernel::{BrandId, CategoryId},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryDetails {
    pub name: LocalizedName,
    /// The unique slug for URLs and the audit log. If it is empty in an edit, the stored slug stays; a new category
    /// gets a numbered slug.
    pub slug: String,
    /// The category above this one; `None` for a root category.
    pub parent_id: Option<CategoryId>,
    /// The low-stock threshold of SKUs in this category without one of their own; `None` if that of the parent applies.
    pub low_stock_at: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandDetails {
    pub name: LocalizedName,
    /// The unique slug for URLs and the audit log. If it is empty in an edit, the stored slug stays; a new brand gets
    /// a numbered slug.
    pub slug: String,
}

/// The details of a category or brand, with the row's version for optimistic locking.
#[derive(Clone, Debug)]
pub struct Versioned<D> {
    /// The version of the row, incremented by each edit.
    pub version: i32,
    pub details: D,
}

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct CategoryListItem {
    #[diesel(sql_type = BigInt)]
    pub id: CategoryId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub slug: String,
    /// The number of the category's ancestors; 0 for a root category.
    #[diesel(sql_type = Integer)]
    pub depth: i32,
    /// The number of SPUs in the category and its descendants.
    #[diesel(sql_type = BigInt)]
    pub spus: i64,
    /// The low-stock threshold of those of the category's SKUs that have none of their own.
    #[diesel(sql_type = Integer)]
    pub low_stock_at: i32,
    /// True if `low_stock_at` was set for this category; false if it is that of an ancestor, or the shop's default.
    #[diesel(sql_type = Bool)]
    pub low_stock_own: bool,
    #[diesel(sql_type = Bool)]
    pub first: bool,
    #[diesel(sql_type = Bool)]
    pub last: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct BrandListItem {
    #[diesel(sql_type = BigInt)]
    pub id: BrandId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub slug: String,
    #[diesel(sql_type = BigInt)]
    pub spus: i64,
}

/// The direction in which a category moves among its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveDirection {
    Up,
    Down,
}
