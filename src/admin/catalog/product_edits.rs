//! Handlers of the forms of a product: details, publication, options and SKUs.

use actix_web::web::Path;

use super::{
    edit_form::{AuditedEdit, CatalogEditForm, CreatedRow, Difference, SaveOutcome, answer, differing},
    products::{DoubtfulPrice, EditProductPage, NewProductPage, Part, address, details_form, refused, slug_of},
};
use crate::{
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

/// `POST /admin/products/{spu}`: saves the details of a product. If it was edited since the form was loaded, shows the
/// differences.
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
    let category = |id: &str| page.choices.categories.iter().find(|c| c.id.to_string() == id).map(|c| c.name.clone());
    let brand = |id: &str| page.choices.brands.iter().find(|(b, _)| b.to_string() == id).map(|(_, name)| name.clone());
    let flash = |field: &str, value: &str| match field {
        "category_id" => category(value).unwrap_or_default(),
        "brand_id" => brand(value).unwrap_or_else(|| t.products_no_brand().to_owned()),
        _ => value.to_owned(),
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
    differing(&fields, (mine, &theirs), flash)
}

/// `POST /admin/products/{spu}/publication`, with `published`: `true` publishes the product, `false` unpublishes it.
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

/// `POST /admin/products/{spu}/options`: saves the options and their values. If the product was edited since the form
/// was loaded, shows the differences.
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
    let there = page.goods.options.iter();
    let theirs: Vec<String> = there
        .map(|option| {
            let values: Vec<String> = option.values.iter().map(|value| value.name.both()).collect();
            format!("{}: {}", option.name.both(), values.join(", "))
        })
        .collect();
    let mine: Vec<String> = page
        .slots
        .iter()
        .filter(|slot| !slot.name.is_empty())
        .map(|slot| {
            let values = slot.values.iter().map(|value| value.name.both()).filter(|value| !value.is_empty());
            let new = slot.new_values.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
            format!("{}: {}", slot.name.both(), values.chain(new).collect::<Vec<_>>().join(", "))
        })
        .collect();
    let most = mine.len().max(theirs.len());
    let line = |lines: &[String], at: usize| lines.get(at).cloned().unwrap_or_default();
    (0..most)
        .map(|at| Difference {
            what: t.products_option_number(at + 1),
            mine: line(&mine, at),
            theirs: line(&theirs, at),
        })
        .filter(|difference| difference.mine != difference.theirs)
        .collect()
}

/// `POST /admin/products/{spu}/skus`: saves the SKUs; prices that look mistyped must be confirmed first. If the
/// product was edited since the form was loaded, shows the differences.
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
    let doubtful = |sku: &SkuInput| {
        let old = goods.skus.iter().find(|old| Some(old.id) == sku.id).map(|old| old.price);
        let words = match old {
            Some(old) => t.products_check_prices(&sku.code, old, sku.price),
            None => t.products_check_prices_new(&sku.code, sku.price),
        };
        let key = format!("{}:{}", sku.code, sku.price.plain());
        catalog::is_doubtful_price(old, sku.price).then_some(DoubtfulPrice { key, words })
    };
    written.iter().filter_map(doubtful).collect()
}

fn differing_skus(page: &EditProductPage) -> Vec<Difference> {
    let t = page.page.t;
    let flash = |row: &SkuFields| {
        let mut parts = vec![row.code.clone(), row.price.clone()];
        if !row.list_price.is_empty() {
            parts.push(t.field_error(t.products_list_price(), &row.list_price));
        }
        parts.push(if row.active { t.products_active() } else { t.products_inactive() }.to_owned());
        if row.price.is_empty() { t.products_not_made().to_owned() } else { parts.join(" · ") }
    };
    let theirs = catalog::sku_fields(&page.goods);
    let pairs = page.rows.iter().zip(&theirs).map(|(mine, theirs)| Difference {
        what: page.made_of(mine),
        mine: flash(mine),
        theirs: flash(theirs),
    });
    pairs.filter(|difference| difference.mine != difference.theirs).collect()
}
