//! Forms of a product's pictures: they are uploaded, described, reordered and removed.

use actix_multipart::Multipart;
use actix_web::web::Path;
use std::time::Duration;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    edit_form::{AuditedEdit, CatalogEditForm},
    products::{EditProductPage, address, slug_of},
};
use crate::{
    accounts::StaffRequest,
    admin::{audit_context::Diff, differences::Difference},
    audit::AuditAction,
    catalog::{self, AddPictureOutcome, Caption, EditableProduct, PictureMove, ProductPicture},
    kernel::SpuId,
    messages::Messages,
    platform::{
        db::{Connection, DbError},
        images::MAX_BYTES,
    },
    web::{self, Flash, Form, PageError, PageResult, UploadFields, close_unread},
};

/// Allows two uploads to be processed at the same time, each with its file in memory; others wait before they are
/// read.
static TAKEN_IN: Semaphore = Semaphore::const_new(2);
/// How long an upload waits until fewer than two others are processed, before it is refused.
const TURN: Duration = Duration::from_secs(60);
const UPLOAD_FIELDS: UploadFields<3> =
    UploadFields { fields: ["alt", "alt_zh", "shows"], file: "picture", max_bytes: MAX_BYTES };

/// `POST /admin/products/{spu}/pictures`: adds a picture; reads `picture`, a file, its alternative texts
/// `alt` and `alt_zh`, and `shows`, the option value that it shows.
pub async fn add_picture(staff: StaffRequest, id: Path<i64>, form: Multipart) -> PageResult {
    let (t, id) = (staff.page.t, SpuId(*id));
    let edit = AuditedEdit::new(AuditAction::AddPicture, &staff);
    let mut again = EditProductPage::load(staff.page, id, &staff.db, &staff.config).await?;
    let Ok(Ok(_turn)) = timeout(TURN, TAKEN_IN.acquire()).await else {
        close_unread(form);
        again.picture_form.fail("picture", t.picture_busy());
        return web::unprocessable(&again);
    };
    let (mut form, file) = web::receive(form, UPLOAD_FIELDS, Vec::new()).await?;
    let caption = caption(&mut form, &again.goods, t);
    let picture = web::encoded_picture(file, t).await;
    match (picture, caption) {
        (Err(words), _) => form.fail("picture", words),
        (Ok(_), None) => {}
        (Ok(picture), Some(caption)) => {
            let added = edit.make(&staff.db, slug_of(id), move |conn| {
                Ok(match catalog::add_picture(conn, id, &picture, &caption)? {
                    AddPictureOutcome::Added(after) => (true, Some(Diff::after(after))),
                    AddPictureOutcome::AlreadyThere => (true, None),
                    AddPictureOutcome::TooMany => (false, None),
                })
            });
            if added.await? {
                return Ok(Flash::success(t.picture_added()).see_other(&pictures_of(id), &staff.config));
            }
            form.fail("picture", t.picture_too_many(catalog::MAX_PICTURES));
        }
    }
    again.picture_form = form;
    web::unprocessable(&again)
}

/// `POST /admin/products/{spu}/pictures/{picture}`: saves the texts and the option value of a picture (`alt`, `alt_zh`
/// and `shows`), if the stored ones are still what the page showed (`was_alt`, `was_alt_zh`, `was_shows`); or, by the
/// field `do`, moves the picture (`up`, `down`) or removes it (`remove`). Sending the form twice has no further effect.
pub async fn change_picture(path: Path<(i64, i64)>, mut sent: CatalogEditForm) -> PageResult {
    let (spu, picture_id) = path.into_inner();
    let (t, id) = (sent.staff.page.t, SpuId(spu));
    let to = match sent.form.value("do") {
        "up" => Some(PictureMove::Up),
        "down" => Some(PictureMove::Down),
        "remove" | "" => None,
        _ => return Err(PageError::BadRequest),
    };
    let message = if let Some(to) = to {
        let moved = move |conn: &mut Connection| {
            let moved = catalog::move_picture(conn, id, picture_id, to)?;
            Ok(((), moved.map(|(before, after)| Diff::new(before, after))))
        };
        sent.audited_edit(AuditAction::MovePicture).make(&sent.staff.db, slug_of(id), moved).await?;
        t.picture_moved()
    } else if sent.form.value("do") == "remove" {
        let removed =
            move |conn: &mut Connection| Ok(((), catalog::remove_picture(conn, id, picture_id)?.map(Diff::before)));
        sent.audited_edit(AuditAction::RemovePicture).make(&sent.staff.db, slug_of(id), removed).await?;
        t.picture_removed()
    } else {
        let main = sent.staff.page.main_language;
        let goods = sent
            .staff
            .db
            .run(move |conn| Ok::<_, DbError>(catalog::editable_product(conn, id, main)?))
            .await?
            .ok_or(PageError::NotFound)?;
        let (seen, caption) = (seen(&sent.form), caption(&mut sent.form, &goods, t));
        let written = if let Some(caption) = caption.clone() {
            let described = move |conn: &mut Connection| {
                let described = catalog::describe_picture(conn, id, picture_id, &seen, &caption)?;
                Ok((described.is_some(), described.map(|(before, after)| Diff::new(before, after))))
            };
            sent.audited_edit(AuditAction::DescribePicture).make(&sent.staff.db, slug_of(id), described).await?
        } else {
            false
        };
        if !written {
            let mut now = EditProductPage::load(sent.staff.page, id, &sent.staff.db, &sent.staff.config).await?;
            let is_saved = match now.pictures.iter().find(|picture| picture.id == picture_id) {
                None => return Ok(Flash::notice(t.picture_gone()).see_other(&pictures_of(id), &sent.staff.config)),
                Some(picture) => caption.as_ref() == Some(&picture.caption()),
            };
            if !is_saved {
                now.edited_picture = Some((picture_id, sent.form, caption));
                return web::unprocessable(&now);
            }
        }
        t.products_saved()
    };
    Ok(Flash::success(message).see_other(&pictures_of(id), &sent.staff.config))
}

impl EditProductPage {
    /// Returns the fields in which the typed texts of this picture differ from those that somebody else has saved
    /// meanwhile. `None` if its form was not refused for that reason.
    pub(super) fn differing_picture(&self, picture: &ProductPicture) -> Option<Vec<Difference>> {
        let (_, _, mine) = self.edited_picture.as_ref().filter(|(id, ..)| *id == picture.id)?;
        let (t, mine, theirs) = (self.page.t, mine.clone()?, picture.caption());
        let values = || self.goods.options.iter().flat_map(|option| &option.values);
        let shows = |chosen: Option<_>| match values().find(|value| Some(value.id) == chosen) {
            Some(value) => value.name.words(self.page.language()).to_owned(),
            None => t.picture_shows_all().to_owned(),
        };
        let fields = [
            (t.picture_alt(), mine.alt, theirs.alt),
            (t.picture_alt_zh(), mine.alt_zh, theirs.alt_zh),
            (t.picture_shows(), shows(mine.shows), shows(theirs.shows)),
        ];
        let differ = fields.into_iter().filter(|(_, mine, theirs)| mine != theirs);
        Some(differ.map(|(what, mine, theirs)| Difference { what: what.to_owned(), mine, theirs }).collect())
    }
}

/// Reads the texts and the option value of a picture that the page showed (`was_alt`, `was_alt_zh`, `was_shows`).
fn seen(form: &Form) -> Caption {
    let [alt, alt_zh] = ["was_alt", "was_alt_zh"].map(|field| form.value(field).to_owned());
    Caption { alt, alt_zh, shows: form.value("was_shows").parse().ok() }
}

fn pictures_of(id: SpuId) -> String {
    format!("{}#pictures", address(id))
}

/// Reads `alt`, `alt_zh` and `shows` (an option value of the product, or empty). Returns `None`, with errors in the
/// form, if one is invalid.
fn caption(form: &mut Form, goods: &EditableProduct, t: Messages) -> Option<Caption> {
    let alt = form.line("alt", 0..=200, t);
    let alt_zh = form.line("alt_zh", 0..=200, t);
    let values = || goods.options.iter().flat_map(|option| &option.values);
    let typed = form.value("shows");
    let shows = match values().find(|value| value.id.to_string() == typed) {
        Some(value) => Some(value.id),
        None if typed.is_empty() => None,
        None => {
            form.fail("shows", t.products_choose());
            return None;
        }
    };
    Some(Caption { alt: alt?, alt_zh: alt_zh?, shows })
}
