//! Handlers of the forms on a product's page: details, publication, options and SKUs.

use actix_web::web::Path;

use super::{
    edit_form::{AuditedEdit, CatalogEditForm, CreatedRow, SaveOutcome, answer},
    products::{DoubtfulPrice, EditProductPage, NewProductPage, Part, address, details_form, refused, slug_of},
};
use crate::{
    admin::differences::{Difference, differing},
    audit::AuditAction,
    catalog::{self, EditOutcome, EditableProduct, OptionFields, SkuFields, SkuInput},
    kernel::SpuId,
    messages::Messages,
    platform::db::Connection,
    web::{self, Flash, Form, PageError, PageResult},
};

/// `POST /admin/products`: creates an unpublished product and redirects to its page.
pub async fn create_product(mut sent: CatalogEditForm) -> PageResult {
    let (t, main) = (sent.staff.page.t, sent.staff.page.main_language);
    if let Some(details) = catalog::read_product_details(&mut sent.form, main, t) {
        let work = move |conn: &mut Connection, edit: &AuditedEdit| {
            let made = match catalog::create_product(conn, &details, main)? {
                Ok(made) => made,
                Err(why) => return Ok(Err(why)),
            };
            edit.record_taxa(conn, &made.created_taxa)?;
            let audit_json = serde_json::json!({ "name": details.name.words(main) });
            Ok(Ok(CreatedRow { id: made.id, slug: made.slug, audit_json }))
        };
        if let Some(id) = sent.create(AuditAction::CreateSpu, work, refused).await? {
            return Ok(Flash::success(t.products_created()).see_other(&address(id), &sent.staff.config));
        }
    }
    web::unprocessable(&NewProductPage::load(sent.staff, sent.form).await?)
}

/// `POST /admin/products/{spu}`: saves the details of a product. If somebody else has edited it since the form was
/// loaded, shows the differences.
pub async fn save_product(id: Path<i64>, mut sent: CatalogEditForm) -> PageResult {
    let (t, id, seen, main) = (sent.staff.page.t, SpuId(*id), sent.seen(), sent.staff.page.main_language);
    let written = catalog::read_product_details(&mut sent.form, main, t);
    let mut stale = false;
    if let Some(details) = written.clone() {
        let edit = sent.audited_edit(AuditAction::EditSpu);
        let save = move |conn: &mut Connection| {
            let (edited, taxa) = catalog::save_details(conn, (id, seen), &details, main)?;
            edit.record_taxa(conn, &taxa)?;
            Ok(edited)
        };
        match sent.save(AuditAction::EditSpu, slug_of(id), save, refused).await? {
            SaveOutcome::Done(flash) => return Ok(flash.see_other(&address(id), &sent.staff.config)),
            saved => stale = matches!(saved, SaveOutcome::Stale),
        }
    }
    let mut again = EditProductPage::load(sent.staff.page, id, &sent.staff.db, &sent.staff.config).await?;
    if stale && written.is_some() {
        let differences = differing_details(&again, &sent.form);
        again.differences = Some((Part::Details, differences));
    }
    again.form = sent.form;
    web::unprocessable(&again)
}

fn differing_details(page: &EditProductPage, mine: &Form) -> Vec<Difference> {
    let (t, theirs) = (page.page.t, details_form(&page.goods.details));
    let (categories, brands) = (&page.choices.categories, &page.choices.brands);
    let words = |field: &str, value: &str| match field {
        "category_id" => categories.iter().find(|category| category.id.to_string() == value).map(|it| it.name.clone()),
        "brand_id" => match brands.iter().find(|(id, _)| id.to_string() == value) {
            Some((_, name)) => Some(name.clone()),
            None => Some(t.products_no_brand().to_owned()),
        },
        _ => Some(value.to_owned()),
    };
    let fields = [
        ("name_en", t.products_name_en()),
        ("name_zh", t.products_name_zh()),
        ("description_en", t.products_description_en()),
        ("description_zh", t.products_description_zh()),
        ("category_id", t.products_category()),
        ("new_category", t.products_new_category()),
        ("brand_id", t.products_brand()),
        ("new_brand", t.products_new_brand()),
        ("slug", t.products_slug()),
    ];
    differing(&fields, (mine, &theirs), |field, value| words(field, value).unwrap_or_default())
}

/// `POST /admin/products/{spu}/publication`: publishes the product if `published` is `true`, unpublishes it if `false`.
pub async fn publish_product(id: Path<i64>, sent: CatalogEditForm) -> PageResult {
    let (t, id, seen) = (sent.staff.page.t, SpuId(*id), sent.seen());
    let (published, action) = match sent.form.value("published") {
        "true" => (true, AuditAction::PublishSpu),
        "false" => (false, AuditAction::UnpublishSpu),
        _ => return Err(PageError::BadRequest),
    };
    let save = move |conn: &mut Connection| catalog::set_published(conn, id, seen, published);
    let flash = match sent.audited_edit(action).edit(&sent.staff.db, slug_of(id), save).await? {
        EditOutcome::Refused(why) => Flash::error(refused(t, &why).1),
        EditOutcome::Stale => Flash::error(t.products_changed_meanwhile()),
        EditOutcome::Done { .. } if published => Flash::success(t.products_is_published()),
        EditOutcome::Done { .. } => Flash::success(t.products_is_taken_down()),
        EditOutcome::Unchanged => Flash::notice(t.products_unchanged()),
    };
    Ok(flash.see_other(&address(id), &sent.staff.config))
}

/// `POST /admin/products/{spu}/options`: saves the options and their values. If somebody else has edited the product
/// since the form was loaded, shows the differences.
pub async fn save_product_options(id: Path<i64>, sent: CatalogEditForm) -> PageResult {
    let (t, id, seen, edit) = (sent.staff.page.t, SpuId(*id), sent.seen(), sent.audited_edit(AuditAction::EditOptions));
    let CatalogEditForm { staff, form, .. } = sent;
    let mut again = EditProductPage::load(staff.page, id, &staff.db, &staff.config).await?;
    let main = again.page.main_language;
    let written = OptionFields::read(&mut again.slots, &form, main, t);
    let mut stale = again.goods.version != seen;
    if let Some(written) = written.filter(|_| !stale) {
        let save = move |conn: &mut Connection| catalog::save_options(conn, (id, seen), &written, main);
        match edit.edit(&staff.db, slug_of(id), save).await? {
            // It changed between the two reads; the next attempt shows the differences.
            EditOutcome::Stale => {
                again = EditProductPage::load(again.page.into(), id, &staff.db, &staff.config).await?;
                OptionFields::read(&mut again.slots, &form, main, t);
                stale = true;
            }
            done => {
                return Ok(answer(&done, t, refused).see_other(&format!("{}#skus", address(id)), &staff.config));
            }
        }
    }
    if stale {
        let differences = differing_options(&again);
        again.differences = Some((Part::Options, differences));
    }
    web::unprocessable(&again)
}

fn differing_options(page: &EditProductPage) -> Vec<Difference> {
    let t = page.page.t;
    let mut theirs = Vec::new();
    for option in &page.goods.options {
        let values: Vec<String> = option.values.iter().map(|value| value.name.both()).collect();
        theirs.push(format!("{}: {}", option.name.both(), values.join(", ")));
    }
    let mut mine = Vec::new();
    for slot in page.slots.iter().filter(|slot| !slot.name.is_empty()) {
        let mut values: Vec<String> = slot.values.iter().map(|value| value.name.both()).collect();
        values.extend(slot.new_values.lines().map(|line| line.trim().to_owned()));
        values.retain(|value| !value.is_empty());
        mine.push(format!("{}: {}", slot.name.both(), values.join(", ")));
    }
    let mut differences = Vec::new();
    for at in 0..mine.len().max(theirs.len()) {
        let (mine, theirs) = (mine.get(at).cloned().unwrap_or_default(), theirs.get(at).cloned().unwrap_or_default());
        if mine != theirs {
            differences.push(Difference { what: t.products_option_number(at + 1), mine, theirs });
        }
    }
    differences
}

/// `POST /admin/products/{spu}/skus`: saves the SKUs; prices that look mistyped must be confirmed first. If somebody
/// else has edited the product since the form was loaded, shows the differences.
pub async fn save_product_skus(id: Path<i64>, sent: CatalogEditForm) -> PageResult {
    let (t, id, seen, edit) = (sent.staff.page.t, SpuId(*id), sent.seen(), sent.audited_edit(AuditAction::EditSkus));
    let CatalogEditForm { staff, form, .. } = sent;
    let by = staff.user.id;
    let mut again = EditProductPage::load(staff.page, id, &staff.db, &staff.config).await?;
    let written = SkuFields::read(&mut again.rows, &form, t);
    let mut stale = again.goods.version != seen;
    if let Some(written) = written.filter(|_| !stale) {
        again.doubtful_prices = doubtful_prices(&again.goods, &written, t);
        let is_confirmed =
            again.doubtful_prices.iter().all(|doubtful| form.all("confirmed").any(|key| key == doubtful.key));
        if is_confirmed {
            let save = move |conn: &mut Connection| catalog::save_skus(conn, id, seen, &written, by);
            match edit.edit(&staff.db, slug_of(id), save).await? {
                EditOutcome::Stale => {
                    again = EditProductPage::load(again.page.into(), id, &staff.db, &staff.config).await?;
                    SkuFields::read(&mut again.rows, &form, t);
                    stale = true;
                }
                EditOutcome::Refused(catalog::EditRefusal::CodeTaken(code)) => {
                    for row in again.rows.iter_mut().filter(|row| row.code == code) {
                        row.fail("code", t.products_code_taken(&code));
                    }
                }
                done => return Ok(answer(&done, t, refused).see_other(&format!("{}#skus", address(id)), &staff.config)),
            }
        }
    }
    if stale {
        let differences = differing_skus(&again);
        again.differences = Some((Part::Skus, differences));
    }
    web::unprocessable(&again)
}

/// Returns the prices in `written` that look mistyped compared with the stored ones, and must be confirmed.
fn doubtful_prices(goods: &EditableProduct, written: &[SkuInput], t: Messages) -> Vec<DoubtfulPrice> {
    let mut doubtful = Vec::new();
    for sku in written {
        let old = goods.skus.iter().find(|old| Some(old.id) == sku.id).map(|old| old.price);
        if !catalog::is_doubtful_price(old, sku.price) {
            continue;
        }
        let words = match old {
            Some(old) => t.products_check_prices(&sku.code, old, sku.price),
            None => t.products_check_prices_new(&sku.code, sku.price),
        };
        doubtful.push(DoubtfulPrice { key: format!("{}:{}", sku.code, sku.price.plain()), words });
    }
    doubtful
}

/// Returns the fields of a SKU as text: code, prices, place in the store room, and whether it is active. For a new SKU
/// without a price, returns a text that says that it is not created.
fn sku_words(row: &SkuFields, t: Messages) -> String {
    if row.price.is_empty() {
        return t.products_not_made().to_owned();
    }
    let mut parts = vec![row.code.clone(), row.price.clone()];
    if !row.list_price.is_empty() {
        parts.push(t.field_error(t.products_list_price(), &row.list_price));
    }
    if !row.shelf_place.is_empty() {
        parts.push(t.field_error(t.shelf_place(), &row.shelf_place));
    }
    parts.push(if row.active { t.products_active() } else { t.products_inactive() }.to_owned());
    parts.join(" · ")
}

fn differing_skus(page: &EditProductPage) -> Vec<Difference> {
    let t = page.page.t;
    let mut differences = Vec::new();
    for (row, theirs) in page.rows.iter().zip(&catalog::sku_fields(&page.goods)) {
        let (mine, theirs) = (sku_words(row, t), sku_words(theirs, t));
        if mine != theirs {
            differences.push(Difference { what: page.made_of(row), mine, theirs });
        }
    }
    differences
}
