//! The metadata for search engines (title, description, canonical URL, structured data) of the home page, categories
//! and products.

use super::structured_data::{self, SiteAddress};
use crate::{
    catalog::{
        addresses::category_path,
        listings::{ListPager, ProductListing},
        model::{Category, Product},
    },
    config::Config,
    kernel::Language,
    messages::Messages,
    store::Settings,
    web::{MetaPicture, Page, PageMeta, VisitorRequest, picture_url},
};

/// The width and height of the demo shop's pictures, in pixels.
const DRAWING_SIZE: (i32, i32) = (256, 256);

pub(super) fn home_meta(page: &Page, config: &Config, settings: &Settings) -> PageMeta {
    let site = SiteAddress::of(config, page.language());
    PageMeta::new(&config.public_url, Language::main(config), "/")
        .described(page.t.shop_line(), &page.t.home_description(&page.shop_name, page.free_from))
        .with_graph(&[structured_data::organization(site, settings), structured_data::website(site, settings)])
}

/// Returns the name of a category, followed by the number of the list's page unless that is 1.
pub(super) fn category_title(t: Messages, category: &Category, pager: &ListPager) -> String {
    match pager.page {
        1 => category.name.clone(),
        page => format!("{} · {}", category.name, t.page_of(page, pager.pages.max(page))),
    }
}

/// Returns the metadata for search engines of a category's page. Call it only for a list that is neither sorted nor
/// filtered. `None` if the category has no path.
pub(super) fn category_meta(
    visitor: &VisitorRequest,
    category: &Category,
    listing: &ProductListing,
) -> Option<PageMeta> {
    let (page, pager) = (&visitor.page, &listing.pager);
    let slug = &category.path.last()?.slug;
    let plain = category_path(slug);
    let path = if pager.page == 1 { plain.clone() } else { format!("{plain}?page={}", pager.page) };
    let title = category_title(page.t, category, pager);
    let generated = page.t.category_description(&title, listing.total, &page.shop_name);
    let description = match category.description.as_str() {
        written if written.is_empty() || pager.page > 1 => generated,
        written => written.to_owned(),
    };
    let site = SiteAddress::of(&visitor.config, page.language());
    let way = structured_data::breadcrumbs(site, page.t.home(), category.above(), (&category.name, &plain));
    let mut meta = visitor.meta(&path).described(&title, &description).with_graph(&[way]);
    let first = listing.cards.iter().find_map(|card| Some((card.picture.as_deref()?, &card.name)));
    meta.picture = first.map(|(file, name)| picture(page, file, name, None));
    Some(meta)
}

/// Returns what search engines may know of a product's page.
pub fn product_meta(page: &Page, config: &Config, settings: &Settings, product: &Product) -> PageMeta {
    let lowest = product.skus.iter().map(|sku| sku.price).min().unwrap_or_default();
    let generated = page.t.product_description(&product.name, lowest, &page.shop_name);
    let description = if product.description.is_empty() { &generated } else { &product.description };
    let site = SiteAddress::of(config, page.language());
    let address = product.address();
    let way = structured_data::breadcrumbs(site, page.t.home(), &product.path, (&product.name, &address));
    let node = structured_data::product(site, page, product, settings);
    let mut meta = PageMeta::new(&config.public_url, Language::main(config), &address)
        .described(&product.name, description)
        .with_graph(&[node, way]);
    meta.picture = product.pictures.first().map(|first| {
        let alt = if first.alt.is_empty() { &product.name } else { &first.alt };
        picture(page, &first.file, alt, product.picture_size)
    });
    meta.price = Some(lowest);
    meta
}

/// Returns the picture for links to a page, in its largest size. `size` is used if the picture was uploaded; pictures
/// of the demo shop have a fixed size.
fn picture(page: &Page, file: &str, alt: &str, size: Option<(i32, i32)>) -> MetaPicture {
    let size = if page.is_photo(file) { size } else { Some(DRAWING_SIZE) };
    MetaPicture { path: picture_url(file, "zoom"), size, alt: alt.to_owned() }
}
