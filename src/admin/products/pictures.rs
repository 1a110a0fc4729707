//! Pictures of goods: taken in, described, ordered, removed.

use actix_multipart::{Field, Multipart};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::Duration;
use tokio::{sync::Semaphore, time::timeout};

use super::{ProductPage, address, came_from};
use crate::{
    accounts::Staff,
    admin::journal::{NewStaffAction, record},
    catalog::{self, Caption, Goods, Move},
    config::Config,
    kernel::{SpuId, UserId},
    platform::{
        db::{self, Connection, Db, DbError},
        images::{self, MOST_BYTES, MOST_PIXELS, Unreadable},
    },
    web::{self, Fields, Flash, Form, Page, PageError, Text, close_unread},
};

/// How long the next piece of a file may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the whole may take: ten megabytes at 60 kB a second.
const WHOLE: Duration = Duration::from_secs(180);
/// How many pictures are taken in at the same time, each with its file in memory; the others wait before theirs is read.
static TAKEN_IN: Semaphore = Semaphore::const_new(6);
/// How long they wait.
const TURN: Duration = Duration::from_secs(60);
/// Browsers read no answer before they have sent everything, so of what is too large so much is let pass by.
const MOST_LET_BY: usize = MOST_BYTES * 4;
/// The most bytes of a field that is no file, and the most of those.
const MOST_OF_A_FIELD: usize = 4 * 1024;
const MOST_FIELDS: usize = 10;

/// `POST /admin/products/{spu}/pictures`: `picture`, a file, with `alt`, `alt_zh` and `shows`.
///
/// # Errors
/// Not staff, no such SPU, no form with a file, or the database's own.
pub async fn add_picture(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    form: Multipart,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id) = (page.t, SpuId(*id));
    let mut again = ProductPage::load(page, id, &db, &config).await?;
    let Ok(Ok(_turn)) = timeout(TURN, TAKEN_IN.acquire()).await else {
        close_unread(form);
        again.picture_form.fail("picture", t.picture_busy());
        return web::unprocessable(&again);
    };
    let (mut form, file) = receive(form).await?;
    let caption = caption(&mut form, &again.goods, t);
    let picture = match file {
        Arrived::TooLarge | Arrived::Endless => Err(t.picture_too_many_bytes().to_owned()),
        Arrived::File(file) if file.is_empty() => Err(t.picture_needed().to_owned()),
        Arrived::File(file) => images::take_in(file).await.map_err(|why| unreadable(t, why)),
    };
    match (picture, caption) {
        (Err(words), _) => form.fail("picture", words),
        (Ok(_), None) => {}
        (Ok(picture), Some(caption)) => {
            let write = Write { id, what: "add_picture", by: person.id, came_from: came_from(&req) };
            let added = write.make(&db, move |conn| {
                let added = catalog::add_picture(conn, id, &picture, &caption)?;
                Ok(added.map(|after| (None, Some(after))))
            });
            if added.await? {
                return Ok(Flash::success(t.picture_added()).see_other(&pictures_of(id), &config));
            }
            form.fail("picture", t.picture_too_many(catalog::MOST_PICTURES));
        }
    }
    again.picture_form = form;
    web::unprocessable(&again)
}

/// `POST /admin/products/{spu}/pictures/{picture}`: `alt`, `alt_zh` and `shows`; or `do`: `up`, `down` or `remove`.
///
/// # Errors
/// Not staff, no such picture, or the database's own.
pub async fn change_picture(
    Staff(person): Staff,
    page: Page,
    path: Path<(i64, i64)>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (spu, picture) = path.into_inner();
    let (t, id) = (page.t, SpuId(spu));
    let write = |what| Write { id, what, by: person.id, came_from: came_from(&req) };
    let to = match fields.get("do") {
        "up" => Some(Move::Up),
        "down" => Some(Move::Down),
        _ => None,
    };
    let said = if let Some(to) = to {
        let moved = move |conn: &mut Connection| {
            let (before, after) = catalog::move_picture(conn, id, picture, to)?;
            Ok(Some((Some(before), Some(after))))
        };
        write("move_picture").make(&db, moved).await?;
        t.picture_moved()
    } else if fields.get("do") == "remove" {
        let removed = move |conn: &mut Connection| Ok(Some((Some(catalog::remove_picture(conn, id, picture)?), None)));
        write("remove_picture").make(&db, removed).await?;
        t.picture_removed()
    } else {
        let mut form = Form::from(fields);
        let mut again = ProductPage::load(page, id, &db, &config).await?;
        let Some(caption) = caption(&mut form, &again.goods, t) else {
            if again.shots.iter().all(|shot| shot.id != picture) {
                return Err(PageError::NotFound);
            }
            again.shot_form = Some((picture, form));
            return web::unprocessable(&again);
        };
        let described = move |conn: &mut Connection| {
            let (before, after) = catalog::describe_picture(conn, id, picture, &caption)?;
            Ok(Some((Some(before), Some(after))))
        };
        write("describe_picture").make(&db, described).await?;
        t.goods_saved()
    };
    Ok(Flash::success(said).see_other(&pictures_of(id), &config))
}

fn pictures_of(id: SpuId) -> String {
    format!("{}#pictures", address(id))
}

/// `alt`, `alt_zh` and `shows`.
fn caption(form: &mut Form, goods: &Goods, t: Text) -> Option<Caption> {
    let alt = form.line("alt", 0..=200, t);
    let alt_zh = form.line("alt_zh", 0..=200, t);
    let values = || goods.options.iter().flat_map(|option| &option.values);
    let typed = form.value("shows");
    let shows = match values().find(|value| value.id.to_string() == typed) {
        Some(value) => Some(value.id),
        None if typed.is_empty() => None,
        None => {
            form.fail("shows", t.goods_choose());
            return None;
        }
    };
    Some(Caption { alt: alt?, alt_zh: alt_zh?, shows })
}

fn unreadable(t: Text, why: Unreadable) -> String {
    match why {
        Unreadable::Kind => t.picture_kind().to_owned(),
        Unreadable::TooLarge => t.picture_too_many_pixels(MOST_PIXELS / 1_000_000),
        Unreadable::Damaged => t.picture_damaged().to_owned(),
        Unreadable::More => t.picture_more().to_owned(),
    }
}

/// The file of a form.
enum Arrived {
    /// Empty where there was none.
    File(Vec<u8>),
    /// Larger than [`MOST_BYTES`].
    TooLarge,
    /// The same, and not read to its end.
    Endless,
}

async fn receive(mut body: Multipart) -> Result<(Form, Arrived), PageError> {
    let received = timeout(WHOLE, take_in(&mut body)).await.unwrap_or(Err(PageError::BadRequest));
    if !matches!(received, Ok((_, Arrived::File(_) | Arrived::TooLarge))) {
        close_unread(body);
    }
    received
}

async fn take_in(body: &mut Multipart) -> Result<(Form, Arrived), PageError> {
    let mut said = ["alt", "alt_zh", "shows"].map(|name| (name, String::new()));
    let (mut file, mut fields) = (Arrived::File(Vec::new()), 0);
    while let Some(field) = timeout(PATIENCE, body.next()).await.map_err(|_| PageError::BadRequest)? {
        let mut field = field.map_err(|_| PageError::BadRequest)?;
        fields += 1;
        if fields > MOST_FIELDS {
            return Err(PageError::BadRequest);
        }
        let name = field.name().unwrap_or_default().to_owned();
        match said.iter_mut().find(|(known, _)| *known == name) {
            Some((_, words)) => *words = text(&mut field).await?,
            None if name == "picture" => match bytes(&mut field, MOST_BYTES, MOST_LET_BY).await? {
                Bytes::All(bytes) => file = Arrived::File(bytes),
                Bytes::TooMany => file = Arrived::TooLarge,
                Bytes::Endless => return Ok((Form::filled(said), Arrived::Endless)),
            },
            None => {
                text(&mut field).await?;
            }
        }
    }
    Ok((Form::filled(said), file))
}

/// What stands in a field.
enum Bytes {
    All(Vec<u8>),
    /// More than there may be, but read to its end.
    TooMany,
    /// So much that the rest was not waited for.
    Endless,
}

async fn bytes(field: &mut Field, most: usize, let_by: usize) -> Result<Bytes, PageError> {
    let (mut bytes, mut arrived) = (Vec::new(), 0_usize);
    while let Some(piece) = timeout(PATIENCE, field.next()).await.map_err(|_| PageError::BadRequest)? {
        let piece = piece.map_err(|_| PageError::BadRequest)?;
        arrived = arrived.saturating_add(piece.len());
        if arrived > let_by {
            return Ok(Bytes::Endless);
        }
        if arrived <= most {
            bytes.extend_from_slice(&piece);
        } else {
            bytes = Vec::new();
        }
    }
    Ok(if arrived <= most { Bytes::All(bytes) } else { Bytes::TooMany })
}

async fn text(field: &mut Field) -> Result<String, PageError> {
    let Bytes::All(bytes) = bytes(field, MOST_OF_A_FIELD, MOST_OF_A_FIELD * 16).await? else {
        return Err(PageError::TooLarge);
    };
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or(PageError::BadRequest)
}

/// What is written of pictures, about to be made and written down.
struct Write {
    id: SpuId,
    what: &'static str,
    by: UserId,
    came_from: Option<String>,
}

/// What it was, and what it is now.
type Told = (Option<Value>, Option<Value>);

impl Write {
    /// Makes it in a transaction of its own, with its row in the journal, unless `work` says that there is nothing to do.
    async fn make<W>(self, db: &Db, work: W) -> Result<bool, PageError>
    where
        W: Fn(&mut Connection) -> Result<Option<Told>, DbError> + Send + 'static,
    {
        let made = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let subject = catalog::goods(conn, self.id)?.ok_or(DbError::Missing)?.details.slug;
                let Some((before, after)) = work(conn)? else { return Ok(false) };
                let came_from = self.came_from.clone();
                let action = NewStaffAction { staff_id: self.by, what: self.what, subject, before, after, came_from };
                record(conn, &action)?;
                Ok::<_, DbError>(true)
            })
        });
        Ok(made.await?)
    }
}
