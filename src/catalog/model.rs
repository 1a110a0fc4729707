//! What the pages of the catalog show, one struct for each screen, in the language of the page.

use crate::{
    kernel::{CategoryId, Money, OptionId, OptionValueId, SkuId, SpuId},
    messages::Messages,
    web::{Paging, grouped},
};

/// A product among others.
#[derive(Clone, Debug)]
pub struct ProductCard {
    /// Which.
    pub spu_id: SpuId,
    /// Its name.
    pub name: String,
    /// Who makes it; empty where nobody is named.
    pub brand: String,
    /// The ground behind the picture.
    pub ground: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
    /// Of the cheapest SKU.
    pub price: Money,
    /// Of the same SKU, before it was reduced; above the price.
    pub list_price: Option<Money>,
    /// Whether other SKUs cost more.
    pub has_price_range: bool,
    /// Of all SKUs together.
    pub availability: Availability,
    /// How many were sold.
    pub sales: i64,
}

impl ProductCard {
    /// How many were sold, as people read it.
    pub fn sold(&self) -> String {
        grouped(&self.sales)
    }
}

/// A category as a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryLink {
    /// Its address: `/categories/{slug}`.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// A root of the tree of categories, with its picture.
#[derive(Clone, Debug)]
pub struct CategoryCard {
    /// Its address: `/categories/{slug}`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The ground behind the picture.
    pub ground: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
}

/// The home page.
#[derive(Clone, Debug)]
pub struct Home {
    /// The roots of the tree of categories.
    pub root_categories: Vec<CategoryCard>,
    /// What sold most.
    pub bestsellers: Vec<ProductCard>,
    /// What came last.
    pub newest: Vec<ProductCard>,
}

/// A category and where it stands.
#[derive(Clone, Debug)]
pub struct Category {
    /// Which.
    pub id: CategoryId,
    /// Its name.
    pub name: String,
    /// What it holds; may be empty.
    pub description: String,
    /// From the root down to itself.
    pub path: Vec<CategoryLink>,
    /// Right below it.
    pub children: Vec<CategoryLink>,
}

impl Category {
    /// The categories above it, from the root down.
    pub fn above(&self) -> &[CategoryLink] {
        self.path.split_last().map_or(&[], |(_, above)| above)
    }
}

/// One page of a list of products.
#[derive(Clone, Debug)]
pub struct ProductListing {
    /// The products.
    pub cards: Vec<ProductCard>,
    /// Which page, and of how many.
    pub paging: Paging,
}

/// A product with everything its page shows.
#[derive(Clone, Debug)]
pub struct Product {
    /// Which.
    pub id: SpuId,
    /// Its name.
    pub name: String,
    /// In paragraphs.
    pub description: String,
    /// Who makes it; empty where nobody is named.
    pub brand: String,
    /// The ground behind the pictures.
    pub ground: String,
    /// How many were sold.
    pub sales: i64,
    /// The categories it stands in, from the root down.
    pub path: Vec<CategoryLink>,
    /// What tells its SKUs apart.
    pub options: Vec<ProductOption>,
    /// The active ones, at least one.
    pub skus: Vec<Sku>,
    /// In the order staff have put them.
    pub pictures: Vec<Picture>,
}

impl Product {
    /// How many were sold, as people read it.
    pub fn sold(&self) -> String {
        grouped(&self.sales)
    }

    /// Whether a picture shows this SKU: it shows all of them, or this colour; any, where none does.
    pub fn is_shown_by(&self, sku: &Sku, picture: &Picture) -> bool {
        picture.is_of(sku)
            || picture.shows.is_none()
            || !self.pictures.iter().any(|p| p.is_of(sku) || p.shows.is_none())
    }

    /// The picture that shows this SKU best: where it stands among all, and it.
    pub fn picture_of(&self, sku: &Sku) -> Option<(usize, &Picture)> {
        let find = |fits: &dyn Fn(&Picture) -> bool| self.pictures.iter().enumerate().find(|(_, p)| fits(p));
        find(&|picture| picture.is_of(sku)).or_else(|| find(&|picture| self.is_shown_by(sku, picture)))
    }
}

/// A product that was on sale once.
#[derive(Clone, Debug)]
pub struct GoneProduct {
    /// Which.
    pub id: SpuId,
    /// Its name.
    pub name: String,
    /// The ground behind the picture.
    pub ground: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
    /// The categories it stood in, from the root down.
    pub path: Vec<CategoryLink>,
    /// What is on sale near it.
    pub related: Vec<ProductCard>,
}

/// A picture of a product.
#[derive(Clone, Debug)]
pub struct Picture {
    /// A file under `pictures/`.
    pub file: String,
    /// What it shows; empty where nobody has said so.
    pub alt: String,
    /// The value of an option whose SKUs it shows; none where it shows all.
    pub shows: Option<OptionValueId>,
}

impl Picture {
    fn is_of(&self, sku: &Sku) -> bool {
        self.shows.is_some_and(|value| sku.values.contains(&value))
    }
}

/// An option of a product, with those of its values that a SKU has.
#[derive(Clone, Debug)]
pub struct ProductOption {
    /// Which.
    pub id: OptionId,
    /// "Colour".
    pub name: String,
    /// "Blue", "black".
    pub values: Vec<Value>,
}

/// A value of an option.
#[derive(Clone, Debug)]
pub struct Value {
    /// Which.
    pub id: OptionValueId,
    /// "Blue".
    pub name: String,
}

/// A SKU on the page of its product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sku {
    /// Which.
    pub id: SkuId,
    /// What people call it on the phone.
    pub code: String,
    /// For one.
    pub price: Money,
    /// Before it was reduced; above the price.
    pub list_price: Option<Money>,
    /// How many there are.
    pub stock: i32,
    /// How many are called few.
    pub low_stock_at: i32,
    /// One of each option, in no order.
    pub values: Vec<OptionValueId>,
}

impl Sku {
    /// How much there is, as shoppers are told.
    pub fn availability(&self) -> Availability {
        Availability::of(self.stock.into(), self.low_stock_at)
    }

    /// Whether there is any.
    pub fn is_buyable(&self) -> bool {
        self.stock > 0
    }

    /// The most that one cart entry can ask for.
    pub fn max_quantity(&self) -> i32 {
        self.stock.clamp(0, crate::kernel::Quantity::MAX.get())
    }
}

/// Whether something can be bought, as shoppers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// More than the low-stock threshold.
    InStock,
    /// This many are left, at or below the low-stock threshold.
    Low(i64),
    /// None are left.
    SoldOut,
}

impl Availability {
    /// The availability of `stock` units, where `low_stock_at` or fewer count as low.
    pub fn of(stock: i64, low_stock_at: i32) -> Self {
        match stock {
            ..=0 => Self::SoldOut,
            few if few <= i64::from(low_stock_at) => Self::Low(few),
            _ => Self::InStock,
        }
    }

    /// Its text in the language of the page.
    pub fn label(self, t: &Messages) -> String {
        match self {
            Self::InStock => t.in_stock().to_owned(),
            Self::Low(left) => t.left(left),
            Self::SoldOut => t.sold_out().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted_and_none_are_sold_out() {
        assert_eq!(Availability::of(6, 5), Availability::InStock);
        assert_eq!(Availability::of(5, 5), Availability::Low(5));
        assert_eq!(Availability::of(0, 5), Availability::SoldOut);
        assert_eq!(Availability::of(1, 0), Availability::InStock);
    }
}
