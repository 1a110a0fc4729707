//! The page that edits a product (SPU) with its options, SKUs and pictures, and the form of a new one.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use diesel::QueryResult;

use crate::{
    accounts::StaffRequest,
    admin::{admin_page::AdminPage, differences::Difference},
    catalog::{
        self, Caption, CategoryChoice, EditRefusal, EditableProduct, OptionFields, PriceChange, ProductDetails,
        ProductPicture, SkuFields,
    },
    config::Config,
    kernel::{BrandId, SpuId},
    messages::Messages,
    platform::{
        clock,
        db::{Connection, Db, DbError},
    },
    web::{self, Form, Page, PageError, PageResult, filters},
};

/// The number of latest price changes that the page of a product lists.
const MAX_PRICE_CHANGES: i64 = 20;

/// The categories and brands that can be chosen in the form of a product's details.
pub(super) struct TaxonOptions {
    pub(super) categories: Vec<CategoryChoice>,
    pub(super) brands: Vec<(BrandId, String)>,
}

impl TaxonOptions {
    pub(super) fn load(conn: &mut Connection, t: Messages) -> Result<Self, DbError> {
        let language = t.language();
        Ok(Self {
            categories: catalog::category_choices(conn, language)?,
            brands: catalog::brand_choices(conn, language)?,
        })
    }
}

/// The page with the form of a new product.
#[derive(Template)]
#[template(path = "admin/catalog/product-new.html")]
pub(super) struct NewProductPage {
    page: AdminPage,
    choices: TaxonOptions,
    form: Form,
}

impl NewProductPage {
    pub(super) async fn load(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let (t, staff) = (staff.page.t, staff.at("/admin/products/new"));
        let choices = staff.db.run(move |conn| TaxonOptions::load(conn, t)).await?;
        Ok(Self { page: AdminPage::load(staff.page, &staff.db).await?, choices, form })
    }
}

/// `GET /admin/products/new`: the form for a new product.
pub async fn new_product(staff: StaffRequest) -> PageResult {
    web::html(&NewProductPage::load(staff, Form::default()).await?)
}

/// A section of the product's page that has a form and a save button of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Details,
    Options,
    Skus,
}

/// A typed price that looks mistyped; staff must tick its checkbox to save it.
pub(super) struct DoubtfulPrice {
    /// The value of the checkbox that confirms the price: SKU code and price.
    pub(super) key: String,
    pub(super) words: String,
}

#[derive(Template)]
#[template(path = "admin/catalog/product.html")]
pub(super) struct EditProductPage {
    pub(super) page: AdminPage,
    pub(super) goods: EditableProduct,
    pub(super) choices: TaxonOptions,
    pub(super) form: Form,
    pub(super) slots: Vec<OptionFields>,
    pub(super) rows: Vec<SkuFields>,
    pub(super) doubtful_prices: Vec<DoubtfulPrice>,
    /// The section whose form was not saved, because somebody else has edited the product since the form was loaded,
    /// and the fields that differ.
    pub(super) differences: Option<(Part, Vec<Difference>)>,
    pub(super) pictures: Vec<ProductPicture>,
    pub(super) picture_form: Form,
    /// A refused form that edits a picture: (id of the picture, the form, typed texts). The last is `None` unless
    /// the form was refused because somebody else has edited the picture.
    pub(super) edited_picture: Option<(i64, Form, Option<Caption>)>,
    pub(super) changes: Vec<PriceChange>,
    pub(super) zone: FixedOffset,
}

/// `GET /admin/products/{spu}`: the page that edits a product.
pub async fn product(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&EditProductPage::load(staff.page, SpuId(*id), &staff.db, &staff.config).await?)
}

impl EditProductPage {
    pub(super) async fn load(page: Page, id: SpuId, db: &Db, config: &Config) -> Result<Self, PageError> {
        let (t, main) = (page.t, page.main_language);
        let (goods, choices, changes, pictures) = db
            .run(move |conn| {
                let goods = catalog::editable_product(conn, id, main)?.ok_or(DbError::Missing)?;
                let changes = catalog::price_changes(conn, id, MAX_PRICE_CHANGES)?;
                Ok::<_, DbError>((goods, TaxonOptions::load(conn, t)?, changes, catalog::product_pictures(conn, id)?))
            })
            .await?;
        Ok(Self {
            page: AdminPage::load(page.at(&address(id)), db).await?,
            form: details_form(&goods.details),
            slots: catalog::option_fields(&goods),
            rows: catalog::sku_fields(&goods),
            doubtful_prices: Vec::new(),
            differences: None,
            zone: config.zone,
            goods,
            choices,
            pictures,
            picture_form: Form::default(),
            edited_picture: None,
            changes,
        })
    }

    fn name(&self) -> &str {
        self.goods.details.name.words(self.page.language())
    }

    /// Returns the form of a picture: with the typed values if it was refused, otherwise with the stored ones.
    fn form_of(&self, picture: &ProductPicture) -> Form {
        let typed = self.edited_picture.as_ref().filter(|(id, ..)| *id == picture.id).map(|(_, form, _)| form.clone());
        let shows = picture.shows.map(|value| value.to_string()).unwrap_or_default();
        typed.unwrap_or_else(|| {
            Form::filled([("alt", picture.alt.clone()), ("alt_zh", picture.alt_zh.clone()), ("shows", shows)])
        })
    }

    fn here(&self) -> String {
        address(self.goods.id)
    }

    /// Returns the path of the page that shoppers see.
    fn in_shop(&self) -> String {
        catalog::product_path(self.goods.id, &self.goods.details.slug)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns the option values of a SKU, such as "Blue, M"; the name of the product if the SKU has no option values.
    pub(super) fn made_of(&self, row: &SkuFields) -> String {
        let language = self.page.language();
        let values = self.goods.options.iter().flat_map(|option| &option.values);
        let words: Vec<&str> =
            values.filter(|value| row.values.contains(&value.id)).map(|value| value.name.words(language)).collect();
        if words.is_empty() { self.name().to_owned() } else { words.join(language.option_separator()) }
    }

    fn differing(&self, part: Part) -> Option<&[Difference]> {
        self.differences.as_ref().filter(|(of, _)| *of == part).map(|(_, differences)| differences.as_slice())
    }

    /// Returns the errors in the rows of options or SKUs, as (HTML id of the field, message). Empty for details, which
    /// have no rows.
    fn wrong_lines(&self, part: Part) -> Vec<(String, String)> {
        match part {
            Part::Details => Vec::new(),
            Part::Options => self.slots.iter().flat_map(wrong_option).collect(),
            Part::Skus => self.rows.iter().flat_map(|row| self.wrong_sku(row)).collect(),
        }
    }

    fn wrong_sku(&self, row: &SkuFields) -> Vec<(String, String)> {
        let at = |field: &str| format!("{field}-{}", row.key());
        let words = |words: &str| self.page.t.field_error(self.made_of(row), words);
        row.errors.iter().map(|(field, wrong)| (at(field), words(wrong))).collect()
    }

    fn price_moved(&self, change: &PriceChange) -> String {
        let amount = |price: Option<crate::kernel::Money>| price.map_or_else(|| "–".to_owned(), |p| p.to_string());
        let mut moved = match change.old_price {
            Some(old) if old == change.price => change.price.to_string(),
            old => format!("{} → {}", amount(old), change.price),
        };
        if change.old_list_price != change.list_price {
            let list = format!("{} → {}", amount(change.old_list_price), amount(change.list_price));
            moved = format!("{moved} · {}", self.page.t.field_error(self.page.t.products_list_price(), list));
        }
        moved
    }
}

fn wrong_option(slot: &OptionFields) -> Vec<(String, String)> {
    let key = slot.key();
    let name = slot.name_error.iter().map(|words| (format!("option-{key}"), words.clone()));
    let values = slot.values.iter().filter_map(|value| Some((format!("value-{}", value.id), value.error.clone()?)));
    let new = slot.values_error.iter().map(|words| (format!("new-values-{key}"), words.clone()));
    name.chain(values).chain(new).collect()
}

pub(super) fn address(id: SpuId) -> String {
    format!("/admin/products/{id}")
}

pub(super) fn details_form(details: &ProductDetails) -> Form {
    Form::filled([
        ("name_en", details.name.en.clone()),
        ("name_zh", details.name.zh.clone()),
        ("description_en", details.description.en.clone()),
        ("description_zh", details.description.zh.clone()),
        ("category_id", details.category_id.to_string()),
        ("brand_id", details.brand_id.map(|id| id.to_string()).unwrap_or_default()),
        ("slug", details.slug.clone()),
    ])
}

/// Returns the form field to which the message of a refused edit of a product belongs, and the message.
pub(super) fn refused(t: Messages, why: &EditRefusal) -> (&'static str, String) {
    match why {
        EditRefusal::SlugTaken => ("slug", t.products_slug_taken().to_owned()),
        // Only categories are refused for the last three reasons.
        EditRefusal::CategoryGone | EditRefusal::BelowItself | EditRefusal::TooDeep | EditRefusal::InUse => {
            ("category_id", t.products_choose().to_owned())
        }
        EditRefusal::BrandGone => ("brand_id", t.products_choose().to_owned()),
        EditRefusal::CodeTaken(code) => ("code", t.products_code_taken(code)),
        EditRefusal::NothingToSell => ("published", t.products_nothing_to_sell().to_owned()),
    }
}

pub(super) fn slug_of(id: SpuId) -> impl Fn(&mut Connection) -> QueryResult<String> + Send + 'static {
    move |conn| catalog::product_slug(conn, id)
}
