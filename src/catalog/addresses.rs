//! The paths of the pages of products and categories. Every link to them comes from here, or from a method that calls
//! these functions.

use percent_encoding::percent_decode_str;

use super::{
    model::{CategoryLink, Product, ProductCard},
    sku_offers::SkuOffer,
};
use crate::kernel::SpuId;

/// The prefix of a slug that was made from a number, because the product's name has no letters from which to make one
/// (see `NumberedSlug`).
const NUMBERED: &str = "product-";

/// Returns the path of a product's page: `/products/12-linen-shirt`. A slug that only repeats a number, such as
/// `product-3`, is left out. The slug is the same in all languages: if each language had its own, the permanent
/// redirects for one language, which browsers cache, would contradict those for the other.
pub fn product_path(id: SpuId, slug: &str) -> String {
    if slug.is_empty() || is_numbered(slug) { format!("/products/{id}") } else { format!("/products/{id}-{slug}") }
}

fn is_numbered(slug: &str) -> bool {
    slug.strip_prefix(NUMBERED).is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns the path of a category's page.
pub fn category_path(slug: &str) -> String {
    format!("/categories/{slug}")
}

/// Parses the last part of the path of a product's page, which begins with the product's id; whatever follows a hyphen
/// is ignored, so that addresses with an old slug still lead to the product.
pub fn spu_in_path(segment: &str) -> Option<SpuId> {
    let id = segment.split('-').next()?;
    id.bytes().all(|b| b.is_ascii_digit()).then(|| id.parse().ok())?
}

/// Parses a slug from a part of a path, in lower case and percent-decoded once more, because some clients encode it
/// twice. `None` if the result cannot be a slug.
pub(super) fn slug_in_path(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    let slug = decoded.to_ascii_lowercase();
    super::slugs::is_slug(&slug).then_some(slug)
}

impl Product {
    /// Returns the path of the product's page.
    pub fn address(&self) -> String {
        product_path(self.id, &self.slug)
    }
}

impl ProductCard {
    /// Returns the path of the product's page.
    pub fn address(&self) -> String {
        product_path(self.spu_id, &self.slug)
    }
}

impl SkuOffer {
    /// Returns the path of the product's page.
    pub fn address(&self) -> String {
        product_path(self.spu_id, &self.slug)
    }
}

impl CategoryLink {
    /// Returns the path of the category's page.
    pub fn address(&self) -> String {
        category_path(&self.slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_found_by_the_number_in_its_path() {
        assert_eq!(product_path(SpuId(12), "linen-shirt"), "/products/12-linen-shirt");
        assert_eq!(product_path(SpuId(12), "product-3"), "/products/12");
        assert_eq!(product_path(SpuId(12), "product-x3"), "/products/12-product-x3");
        for (segment, id) in [("12", 12), ("12-linen-shirt", 12), ("12-2nd", 12), ("012-", 12), ("7-亚麻", 7)] {
            assert_eq!(spu_in_path(segment), Some(SpuId(id)), "{segment}");
        }
        for segment in ["", "-12", "+12", "x", "12x", "12.0", "linen-12", "99999999999999999999", "１２"] {
            assert_eq!(spu_in_path(segment), None, "{segment}");
        }
    }

    #[test]
    fn a_slug_is_found_whatever_its_capitals() {
        assert_eq!(slug_in_path("Tea-Pots").as_deref(), Some("tea-pots"));
        assert_eq!(slug_in_path("tea%2Dpots").as_deref(), Some("tea-pots"));
        for wrong in ["", "a/b", "a%00", "%ff", "茶", "a--b"] {
            assert_eq!(slug_in_path(wrong), None, "{wrong}");
        }
    }
}
