//! Pictures uploaded by staff. They are stored in the database, so that all processes see them and backups have them.

use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    kernel::{OptionValueId, SpuId},
    platform::{clock, db, images as files, random},
    schema::{images, option_values, picture_sizes, pictures, spus},
};

pub const MAX_PICTURES: i64 = 12;
/// The sizes of a picture that a background job generates: name, and length of the longer edge in pixels. The upload
/// itself stores the largest size, `zoom`.
const SIZES: [(&str, u32); 2] = [("page", 800), ("grid", 400)];

/// A picture of a product, as staff edit it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = images)]
pub struct ProductPicture {
    pub id: i64,
    /// The file name; `web::Page::picture` makes a URL of it.
    pub file: String,
    /// Alternative text in English; may be empty.
    pub alt: String,
    /// Alternative text in Chinese; may be empty.
    pub alt_zh: String,
    /// The option value whose SKUs the picture shows; `None` if it shows all SKUs.
    #[diesel(column_name = option_value_id)]
    pub shows: Option<OptionValueId>,
}

/// What staff enter about a picture: its alternative texts, and which SKUs it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    pub alt: String,
    pub alt_zh: String,
    /// The option value, of the same product, whose SKUs the picture shows; `None` if it shows all SKUs.
    pub shows: Option<OptionValueId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureMove {
    Up,
    Down,
}

/// Loads the pictures of an SPU, in the order that staff have chosen.
pub fn product_pictures(conn: &mut PgConnection, spu: SpuId) -> QueryResult<Vec<ProductPicture>> {
    images::table.filter(images::spu_id.eq(spu)).order(images::position).select(ProductPicture::as_select()).load(conn)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddPictureOutcome {
    /// The picture was added as the last one of the product. Holds what was entered about it, as JSON for the audit
    /// log.
    Added(Value),
    /// The product already has this picture with the same texts, because the form was sent twice; nothing was added.
    AlreadyThere,
    /// The product has [`MAX_PICTURES`] already.
    TooMany,
}

/// Stores a picture and adds it as the last one of the SPU. Files with the same content are stored once.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such SPU.
pub fn add_picture(
    conn: &mut PgConnection,
    spu: SpuId,
    picture: &files::EncodedPicture,
    caption: &Caption,
) -> QueryResult<AddPictureOutcome> {
    lock(conn, spu)?;
    let there = product_pictures(conn, spu)?;
    let digest = Sha256::digest(&picture.body);
    let hash = random::hex(digest.get(..16).unwrap_or_default());
    let file = format!("uploaded/{hash}.{}", picture.kind);
    if there.iter().any(|picture| picture.file == file && picture.caption() == *caption) {
        return Ok(AddPictureOutcome::AlreadyThere);
    }
    if i64::try_from(there.len()).unwrap_or(i64::MAX) >= MAX_PICTURES {
        return Ok(AddPictureOutcome::TooMany);
    }
    store_original(conn, picture, &hash)?;
    let last: Option<i32> =
        images::table.filter(images::spu_id.eq(spu)).select(diesel::dsl::max(images::position)).get_result(conn)?;
    diesel::insert_into(images::table)
        .values((
            images::spu_id.eq(spu),
            images::file.eq(&file),
            images::position.eq(last.map_or(0, |last| last.saturating_add(1))),
            caption_columns(caption),
        ))
        .execute(conn)?;
    caption_json(conn, &file, caption).map(AddPictureOutcome::Added)
}

fn pixels(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn store_original(conn: &mut PgConnection, picture: &files::EncodedPicture, hash: &str) -> QueryResult<()> {
    let inserted: Option<i64> = diesel::insert_into(pictures::table)
        .values((
            pictures::hash.eq(hash),
            pictures::kind.eq(picture.kind),
            pictures::width.eq(pixels(picture.width)),
            pictures::height.eq(pixels(picture.height)),
        ))
        .on_conflict_do_nothing()
        .returning(pictures::id)
        .get_result(conn)
        .optional()?;
    if let Some(id) = inserted {
        store_size(conn, id, "zoom", &picture.body)?;
    }
    Ok(())
}

fn store_size(conn: &mut PgConnection, id: i64, size: &str, body: &[u8]) -> QueryResult<usize> {
    diesel::insert_into(picture_sizes::table)
        .values((picture_sizes::picture_id.eq(id), picture_sizes::size.eq(size), picture_sizes::body.eq(body)))
        .on_conflict_do_nothing()
        .execute(conn)
}

/// Saves what staff have entered about a picture if the stored values are still `seen`. Returns the values (before,
/// after) for the audit log; `None` if nothing was written: the values are the same, or somebody else has changed them
/// or removed the picture.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such SPU.
pub fn describe_picture(
    conn: &mut PgConnection,
    spu: SpuId,
    id: i64,
    seen: &Caption,
    caption: &Caption,
) -> QueryResult<Option<(Value, Value)>> {
    lock(conn, spu)?;
    let old = product_pictures(conn, spu)?.into_iter().find(|picture| picture.id == id && picture.caption() == *seen);
    let Some(old) = old.filter(|_| seen != caption) else { return Ok(None) };
    diesel::update(images::table.find(id)).set(caption_columns(caption)).execute(conn)?;
    Ok(Some((caption_json(conn, &old.file, seen)?, caption_json(conn, &old.file, caption)?)))
}

type CaptionColumns<'a> = (
    diesel::dsl::Eq<images::alt, &'a str>,
    diesel::dsl::Eq<images::alt_zh, &'a str>,
    diesel::dsl::Eq<images::option_value_id, Option<OptionValueId>>,
);

fn caption_columns(caption: &Caption) -> CaptionColumns<'_> {
    (
        images::alt.eq(caption.alt.as_str()),
        images::alt_zh.eq(caption.alt_zh.as_str()),
        images::option_value_id.eq(caption.shows),
    )
}

fn caption_json(conn: &mut PgConnection, file: &str, caption: &Caption) -> QueryResult<Value> {
    let shows: Option<String> = match caption.shows {
        Some(value) => option_values::table.find(value).select(option_values::name).first(conn).optional()?,
        None => None,
    };
    Ok(json!({ "file": file, "alt": caption.alt, "alt_zh": caption.alt_zh, "shows": shows }))
}

impl ProductPicture {
    pub fn caption(&self) -> Caption {
        Caption { alt: self.alt.clone(), alt_zh: self.alt_zh.clone(), shows: self.shows }
    }
}

/// Moves a picture by one place in the gallery; returns its place (before, after) for the audit log. `None` if it is
/// already first or last, or was removed.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such SPU.
pub fn move_picture(
    conn: &mut PgConnection,
    spu: SpuId,
    id: i64,
    to: PictureMove,
) -> QueryResult<Option<(Value, Value)>> {
    lock(conn, spu)?;
    let mut order = product_pictures(conn, spu)?;
    let Some(from) = order.iter().position(|picture| picture.id == id) else { return Ok(None) };
    let there = match to {
        PictureMove::Up => from.checked_sub(1),
        PictureMove::Down => Some(from + 1),
    };
    let Some(there) = there.filter(|there| *there < order.len()) else { return Ok(None) };
    order.swap(from, there);
    // The unique index on positions is checked row by row, so all rows first move to free positions.
    diesel::update(images::table.filter(images::spu_id.eq(spu)))
        .set(images::position.eq(images::position * -1 - 1_000_000))
        .execute(conn)?;
    for (place, picture) in (0_i32..).zip(&order) {
        diesel::update(images::table.find(picture.id)).set(images::position.eq(place)).execute(conn)?;
    }
    let file = order.get(there).map(|picture| picture.file.as_str());
    let caption_json = |place: usize| json!({ "file": file, "place": place + 1 });
    Ok(Some((caption_json(from), caption_json(there))))
}

/// Removes a picture from a product, but not its file, which earlier orders show. Returns what was stored about it for
/// the audit log; `None` if the picture was removed already.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such SPU.
pub fn remove_picture(conn: &mut PgConnection, spu: SpuId, id: i64) -> QueryResult<Option<Value>> {
    lock(conn, spu)?;
    let Some(old) = product_pictures(conn, spu)?.into_iter().find(|picture| picture.id == id) else { return Ok(None) };
    diesel::delete(images::table.find(id)).execute(conn)?;
    caption_json(conn, &old.file, &old.caption()).map(Some)
}

/// Locks the SPU until the transaction ends, so that only one transaction at a time changes its pictures.
fn lock(conn: &mut PgConnection, spu: SpuId) -> QueryResult<()> {
    spus::table.find(spu).select(spus::id).for_no_key_update().first::<SpuId>(conn)?;
    Ok(())
}

/// Loads the bytes of a picture in this size; the flag is false if that size is not generated yet and the largest one
/// was loaded instead. `kind` is the file extension. Returns `None` if there is no such picture.
pub(super) fn picture_file(
    conn: &mut PgConnection,
    hash: &str,
    kind: &str,
    size: &str,
) -> QueryResult<Option<(Vec<u8>, bool)>> {
    let find = |conn: &mut PgConnection, size: &str| {
        picture_sizes::table
            .inner_join(pictures::table)
            .filter(pictures::hash.eq(hash).and(pictures::kind.eq(kind)).and(picture_sizes::size.eq(size)))
            .select(picture_sizes::body)
            .first::<Vec<u8>>(conn)
            .optional()
    };
    if let Some(body) = find(conn, size)? {
        return Ok(Some((body, true)));
    }
    Ok(find(conn, "zoom")?.map(|body| (body, false)))
}

/// Generates the smaller sizes of the next picture that lacks them; returns `false` if no picture lacks any. Several
/// processes may do this concurrently; after a crash it is repeated.
pub fn make_sizes(conn: &mut PgConnection) -> QueryResult<bool> {
    db::transaction(conn, |conn| {
        let next: Option<(i64, String)> = pictures::table
            .filter(pictures::sized_at.is_null())
            .order(pictures::id)
            .select((pictures::id, pictures::hash))
            .for_no_key_update()
            .skip_locked()
            .first(conn)
            .optional()?;
        let Some((id, hash)) = next else { return Ok(false) };
        let zoom: Vec<u8> = picture_sizes::table.find((id, "zoom")).select(picture_sizes::body).first(conn)?;
        for (size, longest) in SIZES {
            match files::smaller(zoom.clone(), longest) {
                Ok(body) => {
                    store_size(conn, id, size, &body)?;
                }
                // The largest size will be served instead.
                Err(error) => tracing::error!(hash, size, ?error, "a picture of our own cannot be read"),
            }
        }
        diesel::update(pictures::table.find(id)).set(pictures::sized_at.eq(clock::now())).execute(conn)?;
        Ok(true)
    })
}
