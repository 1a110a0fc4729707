//! Categories and brands as staff see and write them.

use crate::{
    catalog::LocalizedName,
    kernel::{BrandId, CategoryId},
};

/// What staff write of a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryDetails {
    /// What it is called.
    pub name: LocalizedName,
    /// Its name in addresses and in the journal; no other category has it. Written empty, it stays, or a new category gets
    /// one by its number.
    pub slug: String,
    /// Below which it stands; a root below none.
    pub parent_id: Option<CategoryId>,
    /// From how many on its SKUs are low, where they say nothing else; none: as the category above says.
    pub low_stock_at: Option<i32>,
}

/// What staff write of a brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandDetails {
    /// What it is called.
    pub name: LocalizedName,
    /// Its name in addresses and in the journal; no other brand has it. Written empty, it stays, or a new brand gets one by
    /// its number.
    pub slug: String,
}

/// What is written of something, and which version that is.
#[derive(Clone, Debug)]
pub struct Versioned<D> {
    /// Rises with each edit.
    pub version: i32,
    /// What is written.
    pub details: D,
}

/// A category in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryListItem {
    /// Which.
    pub id: CategoryId,
    /// In the language of the page.
    pub name: String,
    /// As addresses call it.
    pub slug: String,
    /// How many stand above it.
    pub depth: i32,
    /// How many SPUs stand in it or below it.
    pub spus: i64,
    /// From how many on its SKUs are low, where they say nothing else.
    pub low_stock_at: i32,
    /// Whether that is its own word.
    pub low_stock_own: bool,
    /// Whether it is the first among its sisters.
    pub first: bool,
    /// Whether it is the last of them.
    pub last: bool,
}

/// A brand in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandListItem {
    /// Which.
    pub id: BrandId,
    /// In the language of the page.
    pub name: String,
    /// As addresses call it.
    pub slug: String,
    /// How many SPUs it makes.
    pub spus: i64,
}

/// Where a category goes among its sisters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveDirection {
    /// Before the one that is before it.
    Up,
    /// After the one that is after it.
    Down,
}
