//! Loads what the catalog pages show. Nothing is cached across requests, so a page never shows data from before its
//! request. Requests that arrive while a query runs share the next query (see `platform::batch_loader`).

use diesel::{PgConnection, QueryResult};
use futures_util::future::try_join_all;
use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    cards::cards,
    listings::{self, ListRequest, ProductListing, Source},
    model::{Category, GoneProduct, Home, Product, ProductCard},
    queries::{self, CategoryNode, FormerSlug},
    related,
    rules::{self, MAX_BESIDE, RequestedSku},
    search::{Completeness, Purpose, Query, SearchEngine, SearchError},
    search_results::{SearchResults, search_results},
    sku_offers::{SkuOffer, sku_offers},
    sku_picker,
};
use crate::{
    kernel::{Language, SkuId, SpuId},
    messages::Messages,
    platform::{
        batch_loader::{BatchLoader, batched},
        db::{Db, DbError},
    },
    web::{CategoryMenu, Fields, PageError, RootCategory, SharedHtml, Subcategory},
};

/// The number of bestsellers, and of new products, on the home page.
const ON_HOME: i64 = 10;
/// The maximum number of products in the suggestions of the search field.
const MAX_SUGGESTIONS: usize = 6;

pub struct Catalog {
    db: Db,
    category_menu: BatchLoader<Language, CategoryMenu, DbError>,
    home: BatchLoader<Language, Home, DbError>,
    products: BatchLoader<(SpuId, Language), SharedProduct, DbError>,
    offers: BatchLoader<(SkuId, Language), SkuOffer, DbError>,
    cards: BatchLoader<(SpuId, Language), ProductCard, DbError>,
    bought_together: BatchLoader<SpuId, Vec<(SpuId, i32)>, DbError>,
    search: SearchEngine,
}

/// A product that was loaded once for all requests that asked for it at the same time.
#[derive(Debug)]
pub struct SharedProduct {
    pub product: Product,
    /// The SKUs of the product as JSON, safe inside a `<script>` element.
    pub sku_json: String,
    pages: Mutex<HashMap<String, Rendered>>,
}

/// The SKU with the option values that were chosen on a product page, or the page to show if there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectedSku {
    Sku(SkuId),
    /// No SKU of the product has these values. Holds the path of the product page that says so and shows the closest
    /// SKU.
    NotOffered(String),
}

/// A page's HTML, and the category menu that is a part of it.
type Rendered = (Arc<CategoryMenu>, Arc<SharedHtml>);

impl SharedProduct {
    /// Returns the page of the product for visitors without a session, as HTML. `render` runs once for all requests
    /// that share this product, the same `address` (path and query) and the same category menu.
    pub fn page<E>(
        &self,
        address: &str,
        category_menu: &Arc<CategoryMenu>,
        render: impl FnOnce() -> Result<String, E>,
    ) -> Result<Arc<SharedHtml>, E> {
        // Rendering under the lock makes concurrent requests wait for the result instead of rendering it too.
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((theirs, page)) = pages.get(address)
            && Arc::ptr_eq(theirs, category_menu)
        {
            return Ok(Arc::clone(page));
        }
        let page = Arc::new(SharedHtml::new(render()?));
        pages.insert(address.to_owned(), (Arc::clone(category_menu), Arc::clone(&page)));
        Ok(page)
    }
}

impl Catalog {
    /// Starts the batch loaders, each of which answers concurrent requests for the same kind of data with one query.
    /// Their tasks run on the current Tokio runtime.
    pub fn open(db: &Db) -> Self {
        Self {
            db: db.clone(),
            category_menu: batched(db, |conn, languages| {
                each(languages, |of| Ok(root_categories(queries::category_tree(conn, of)?).into()))
            }),
            home: batched(db, |conn, languages| each(languages, |of| queries::home(conn, of, ON_HOME))),
            products: batched(db, shared_products),
            offers: batched(db, offered),
            cards: batched(db, related::cards_by_language),
            bought_together: batched(db, related::bought_together),
            search: SearchEngine::default(),
        }
    }

    /// Loads the category menu, which every page shows.
    pub async fn category_menu(&self, language: Language) -> Result<Arc<CategoryMenu>, PageError> {
        Ok(self.category_menu.get(language).await?.unwrap_or_default())
    }

    pub async fn home(&self, language: Language) -> Result<Arc<Home>, PageError> {
        self.home.get(language).await?.ok_or(PageError::NotFound)
    }

    /// Loads the product with this id; all requests that ask for it at the same time get the same `Arc`.
    ///
    /// # Errors
    /// [`PageError::NotFound`] if it is not on sale.
    pub async fn product(&self, spu: SpuId, language: Language) -> Result<Arc<SharedProduct>, PageError> {
        self.products.get((spu, language)).await?.ok_or(PageError::NotFound)
    }

    /// Returns the SKU that has the option values (`o{option id}={value id}`) in the form of a product page.
    ///
    /// # Errors
    /// [`PageError::NotFound`] if the product is not on sale.
    pub async fn selected_sku(
        &self,
        spu: SpuId,
        fields: &Fields,
        language: Language,
    ) -> Result<SelectedSku, PageError> {
        let shown = self.product(spu, language).await?;
        let product = &shown.product;
        let asked = RequestedSku { sku: None, ..RequestedSku::of(product, fields) };
        let choice = rules::choose_sku(&product.skus, &asked).ok_or(PageError::NotFound)?;
        if choice.is_exact && choice.sku.values.len() == asked.values.len() {
            return Ok(SelectedSku::Sku(choice.sku.id));
        }
        let is_asked = |name: &str| name == "was" || product.options.iter().any(|o| name == format!("o{}", o.id));
        let kept = fields.pairs().filter(|(name, _)| is_asked(name));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        Ok(SelectedSku::NotOffered(format!("{}?{query}", product.address())))
    }

    /// Loads a product that was published once; call it after [`Catalog::product`] did not find the product on sale.
    ///
    /// # Errors
    /// [`PageError::NotFound`] if it was never published or has no SKUs.
    pub async fn gone_product(&self, spu: SpuId, language: Language) -> Result<GoneProduct, PageError> {
        let found = self.db.run(move |conn| Ok::<_, DbError>(queries::gone_product(conn, spu, language)?)).await?;
        found.ok_or(PageError::NotFound)
    }

    /// Loads the offers of these SKUs, on sale or not, in ascending order of their ids. An unknown SKU is left out.
    pub async fn sku_offers(&self, skus: &[SkuId], language: Language) -> Result<Vec<SkuOffer>, PageError> {
        let found = try_join_all(skus.iter().map(|sku| self.offers.get((*sku, language)))).await?;
        let mut offers: Vec<SkuOffer> = found.into_iter().flatten().map(|offer| SkuOffer::clone(&offer)).collect();
        offers.sort_by_key(|offer| offer.sku_id);
        Ok(offers)
    }

    /// Loads the category with this slug, and one page of the products on sale in the category and its descendants.
    ///
    /// # Errors
    /// [`PageError::NotFound`] if there is no such category.
    pub(super) async fn category(
        &self,
        slug: String,
        request: ListRequest,
        language: Language,
    ) -> Result<(Category, ProductListing), PageError> {
        let found = self.db.run(move |conn| {
            let Some(category) = queries::category(conn, &slug, language)? else {
                return Ok::<_, DbError>(None);
            };
            let source = Source::Category(Some(category.id), request.sort.unwrap_or_default());
            Ok(Some((category, listings::list(conn, &source, &request, language)?)))
        });
        found.await?.ok_or(PageError::NotFound)
    }

    /// Loads one page of the products that match a query; of all products if the query is empty.
    ///
    /// # Errors
    /// [`PageError::Unavailable`] while the search index of a large shop is built, after a start of the process.
    pub(super) async fn search(
        &self,
        query: Query,
        request: ListRequest,
        language: Language,
    ) -> Result<SearchResults, PageError> {
        let engine = self.search.clone();
        let found = self.db.run(move |conn| search_results(conn, &engine, &query, &request, language));
        found.await.map_err(PageError::from)
    }

    /// Loads the products to suggest for an incomplete query, best first. The text is the corrected query if a misspelt
    /// word was replaced, otherwise `None`.
    pub async fn suggestions(
        &self,
        query: Query,
        language: Language,
    ) -> Result<(Vec<ProductCard>, Option<String>), PageError> {
        let engine = self.search.clone();
        let found = self.db.run(move |conn| {
            let mut matches = engine.find(conn, &query, Purpose::Suggestions)?;
            matches.products.truncate(MAX_SUGGESTIONS);
            if matches.completeness == Completeness::Few {
                matches.products.clear();
            }
            let spus: Vec<SpuId> = matches.products.iter().map(|product| product.spu).collect();
            Ok::<_, SearchError>((cards(conn, &spus, language)?, matches.corrected))
        });
        found.await.map_err(PageError::from)
    }

    /// Loads products in stock that were bought together with any of these, without these, the one bought by most
    /// shoppers first.
    pub async fn bought_with(&self, spus: &[SpuId], language: Language) -> Result<Vec<ProductCard>, PageError> {
        let found = try_join_all(spus.iter().map(|spu| self.bought_together.get(*spu))).await?;
        let mut shoppers: HashMap<SpuId, i32> = HashMap::new();
        for (other, count) in found.iter().flatten().flat_map(|others| others.iter()) {
            *shoppers.entry(*other).or_default() += count;
        }
        let mut others: Vec<SpuId> = shoppers.keys().copied().filter(|other| !spus.contains(other)).collect();
        others.sort_by_key(|other| (Reverse(shoppers.get(other)), *other));
        self.cards(others, language).await
    }

    /// Loads the cards of the first [`MAX_BESIDE`] of these products, without those that are not on sale.
    pub async fn cards(&self, mut spus: Vec<SpuId>, language: Language) -> Result<Vec<ProductCard>, PageError> {
        spus.truncate(usize::try_from(MAX_BESIDE).unwrap_or_default());
        let found = try_join_all(spus.iter().map(|spu| self.cards.get((*spu, language)))).await?;
        Ok(found.into_iter().flatten().map(|card| ProductCard::clone(&card)).collect())
    }

    /// Loads the [`MAX_BESIDE`] products of the shop that sell best.
    pub async fn bestsellers(&self, language: Language) -> Result<Vec<ProductCard>, PageError> {
        let home = self.home(language).await?;
        Ok(home.bestsellers.iter().take(usize::try_from(MAX_BESIDE).unwrap_or_default()).cloned().collect())
    }

    /// Returns a handle to the product search, for the background task that keeps its index up to date.
    pub fn search_engine(&self) -> SearchEngine {
        self.search.clone()
    }

    /// Looks up the category that once had this slug. Call it after [`Catalog::category`] has found none.
    ///
    /// # Errors
    /// [`PageError::NotFound`] if no category ever had this slug.
    pub(super) async fn former_category(&self, slug: String) -> Result<FormerSlug, PageError> {
        let found = self.db.run(move |conn| Ok::<_, DbError>(queries::former_category_slug(conn, &slug)?)).await?;
        found.ok_or(PageError::NotFound)
    }
}

/// Groups `tree`, in which each category comes before its descendants, into root categories with their descendants.
fn root_categories(tree: Vec<CategoryNode>) -> Vec<RootCategory> {
    let mut roots: Vec<RootCategory> = Vec::new();
    for CategoryNode { slug, name, depth, .. } in tree {
        match roots.last_mut() {
            Some(root) if depth > 0 => root.descendants.push(Subcategory { slug, name, depth }),
            _ => roots.push(RootCategory { slug, name, descendants: Vec::new() }),
        }
    }
    roots
}

/// Loads these products, each in its language. One that is not on sale is left out.
pub fn shared_products(
    conn: &mut PgConnection,
    wanted: &[(SpuId, Language)],
) -> QueryResult<HashMap<(SpuId, Language), SharedProduct>> {
    let mut shown = HashMap::new();
    for ((spu, language), product) in queries::products(conn, wanted)? {
        let sku_json = sku_picker::json(&product, Messages(language));
        shown.insert((spu, language), SharedProduct { product, sku_json, pages: Mutex::default() });
    }
    Ok(shown)
}

fn offered(conn: &mut PgConnection, wanted: &[(SkuId, Language)]) -> QueryResult<HashMap<(SkuId, Language), SkuOffer>> {
    let mut found = HashMap::new();
    for language in Language::ALL {
        let skus: Vec<SkuId> = wanted.iter().filter(|(_, l)| *l == language).map(|(sku, _)| *sku).collect();
        if !skus.is_empty() {
            found.extend(sku_offers(conn, &skus, language)?.into_iter().map(|offer| ((offer.sku_id, language), offer)));
        }
    }
    Ok(found)
}

/// Runs the query `of` once for each language in `languages`, and returns the results by language.
fn each<V>(
    languages: &[Language],
    mut of: impl FnMut(Language) -> QueryResult<V>,
) -> QueryResult<HashMap<Language, V>> {
    languages.iter().map(|language| Ok((*language, of(*language)?))).collect()
}
