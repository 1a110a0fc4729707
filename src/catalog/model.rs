//! View structs of the catalog pages, in the language of the page.

use crate::{
    kernel::{CategoryId, Money, OptionId, OptionValueId, Rating, SkuId, SpuId, thousands},
    messages::Messages,
};

/// A product as lists of products show it.
#[derive(Clone, Debug)]
pub struct ProductCard {
    pub spu_id: SpuId,
    pub slug: String,
    pub name: String,
    /// The name of the product's brand; empty if the product has no brand.
    pub brand: String,
    /// The CSS class of the color behind the picture.
    pub background: String,
    /// The file name of the product's first picture, if it has one.
    pub picture: Option<String>,
    /// The price of the cheapest SKU that is on sale.
    pub price: Money,
    /// The regular price of the cheapest SKU, if that is higher than its current price.
    pub list_price: Option<Money>,
    /// True if another SKU that is on sale costs more than `price`.
    pub has_price_range: bool,
    /// The availability of the product: the stock of its SKUs on sale together, compared with the highest of their
    /// low-stock thresholds.
    pub availability: Availability,
    /// The number of units of the product ever sold.
    pub sales: i64,
    /// The reviews that shoppers see.
    pub rating: Rating,
}

impl ProductCard {
    /// Returns the number of units ever sold, with thousands separators.
    pub fn sold(&self) -> String {
        thousands(&self.sales)
    }
}

/// The slug and name of a category, for a link to `/categories/{slug}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryLink {
    pub slug: String,
    pub name: String,
}

/// A root category as the home page shows it.
#[derive(Clone, Debug)]
pub struct CategoryCard {
    pub slug: String,
    pub name: String,
    pub background: String,
    pub picture: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Home {
    pub root_categories: Vec<CategoryCard>,
    pub bestsellers: Vec<ProductCard>,
    pub newest: Vec<ProductCard>,
}

/// The data of a category page: the category with its ancestors and children.
#[derive(Clone, Debug)]
pub struct Category {
    pub id: CategoryId,
    pub name: String,
    pub description: String,
    /// Links to the ancestors, root first, and to the category itself.
    pub path: Vec<CategoryLink>,
    pub children: Vec<CategoryLink>,
}

impl Category {
    /// Returns links to the category's ancestors, root first, without the category itself; empty for a root category.
    pub fn above(&self) -> &[CategoryLink] {
        self.path.split_last().map_or(&[], |(_, above)| above)
    }
}

/// A product with everything its page shows.
#[derive(Clone, Debug)]
pub struct Product {
    pub id: SpuId,
    pub slug: String,
    pub name: String,
    /// The description as plain text; blank lines separate paragraphs.
    pub description: String,
    pub brand: String,
    pub background: String,
    pub sales: i64,
    /// The reviews that shoppers see.
    pub rating: Rating,
    /// Links to the category of the product and its ancestors, root first.
    pub path: Vec<CategoryLink>,
    pub options: Vec<ProductOption>,
    /// The SKUs of the product that are on sale; at least one.
    pub skus: Vec<Sku>,
    /// The pictures of the gallery, in the order that staff have chosen.
    pub pictures: Vec<Picture>,
    /// The width and height of the first picture in pixels; `None` if it was not uploaded, or its size is not known.
    pub picture_size: Option<(i32, i32)>,
}

impl Product {
    /// Returns the number of units ever sold, with thousands separators.
    pub fn sold(&self) -> String {
        thousands(&self.sales)
    }

    /// Returns whether the gallery shows `picture` while `sku` is chosen. It shows the pictures for one of the SKU's
    /// option values and those for all SKUs; if there are none of these, all pictures.
    pub fn is_shown_by(&self, sku: &Sku, picture: &Picture) -> bool {
        picture.is_of(sku)
            || picture.shows.is_none()
            || !self.pictures.iter().any(|p| p.is_of(sku) || p.shows.is_none())
    }

    /// Returns the picture to show large while `sku` is chosen, with its index in `pictures`: the first for one of the
    /// SKU's option values, otherwise the first in the gallery. `None` if the product has no pictures.
    pub fn picture_of(&self, sku: &Sku) -> Option<(usize, &Picture)> {
        let find = |fits: &dyn Fn(&Picture) -> bool| self.pictures.iter().enumerate().find(|(_, p)| fits(p));
        find(&|picture| picture.is_of(sku)).or_else(|| find(&|picture| self.is_shown_by(sku, picture)))
    }
}

/// Products that the page of a product suggests. Each list has at most five products in stock, and no product is in
/// both.
#[derive(Clone, Debug, Default)]
pub struct RelatedGoods {
    /// Products bought together with this product, the one bought by most shoppers first.
    pub together: Vec<ProductCard>,
    /// The bestsellers of the product's category, or of the category above if that has too few products.
    pub similar: Vec<ProductCard>,
}

/// A product that was on sale once and is not any more, and what its page shows now.
#[derive(Clone, Debug)]
pub struct GoneProduct {
    pub id: SpuId,
    pub name: String,
    pub background: String,
    pub picture: Option<String>,
    /// Links to the category of the product and its ancestors, root first.
    pub path: Vec<CategoryLink>,
    /// At most 10 bestsellers to show instead: those of the product's category and its descendants first, then those
    /// of each ancestor.
    pub related: Vec<ProductCard>,
}

#[derive(Clone, Debug)]
pub struct Picture {
    pub file: String,
    /// The text that replaces the picture for screen readers; may be empty.
    pub alt: String,
    /// The option value whose SKUs the picture shows; `None` if it shows all SKUs.
    pub shows: Option<OptionValueId>,
}

impl Picture {
    fn is_of(&self, sku: &Sku) -> bool {
        self.shows.is_some_and(|value| sku.values.contains(&value))
    }
}

/// An option of a product with those of its values that the SKUs on sale have.
#[derive(Clone, Debug)]
pub struct ProductOption {
    pub id: OptionId,
    /// The name of the option in the language of the page, such as "Color".
    pub name: String,
    pub values: Vec<Value>,
}

#[derive(Clone, Debug)]
pub struct Value {
    pub id: OptionValueId,
    /// The name of the option value in the language of the page, such as "Blue".
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sku {
    pub id: SkuId,
    /// The unique code of the SKU, by which staff and shoppers can name it.
    pub code: String,
    pub price: Money,
    /// The regular price, shown crossed out; `None` if it is not higher than the current price.
    pub list_price: Option<Money>,
    pub stock: i32,
    /// The low-stock threshold: a stock of this many units or fewer is shown as low.
    pub low_stock_at: i32,
    /// The option values of the SKU: one of each option, in any order.
    pub values: Vec<OptionValueId>,
}

impl Sku {
    pub fn availability(&self) -> Availability {
        Availability::of(self.stock.into(), self.low_stock_at)
    }

    pub fn is_buyable(&self) -> bool {
        self.stock > 0
    }

    /// Returns the largest quantity of a cart entry of this SKU: its stock, but at most `Quantity::MAX`; 0 if sold out.
    pub fn max_quantity(&self) -> i32 {
        self.stock.clamp(0, crate::kernel::Quantity::MAX.get())
    }
}

/// Whether a SKU or product is in stock, as shoppers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    InStock,
    /// Few units are left, at or below the low-stock threshold; holds how many.
    Low(i64),
    SoldOut,
}

impl Availability {
    /// Returns the availability of `stock` units; `low_stock_at` units or fewer are low.
    pub fn of(stock: i64, low_stock_at: i32) -> Self {
        match stock {
            ..=0 => Self::SoldOut,
            few if few <= i64::from(low_stock_at) => Self::Low(few),
            _ => Self::InStock,
        }
    }

    /// Returns the availability as a text for shoppers.
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
