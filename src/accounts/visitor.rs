//! Who makes a request: what the session claims, and what the database says of it.

use actix_session::SessionExt;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin, sync::Arc};

use super::{
    model::{Address, Person, Role},
    queries, shift,
};
use crate::{
    kernel::UserId,
    messages::Messages,
    platform::{
        batch::{Batcher, batched},
        db::{Db, DbError},
    },
    web::{Flash, PageError, came_from, held, is_session_unreadable},
};

/// What a session says of its owner. The database has the last word: see [`Claim::holds_for`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    user: i64,
    /// `password_changed_at` of that user when they signed in, in microseconds since 1970.
    since: i64,
}

impl Claim {
    const KEY: &'static str = "signed_in";

    /// What the session of somebody who has just signed in says.
    pub fn of(person: &Person) -> Self {
        Self { user: person.id.0, since: person.password_changed_at.timestamp_micros() }
    }

    /// Who it claims to be.
    pub fn user(self) -> UserId {
        UserId(self.user)
    }

    /// Whether it is still true: they may come in, and the password is the one they gave.
    pub fn holds_for(self, person: &Person) -> bool {
        person.disabled_at.is_none() && self == Self::of(person)
    }

    /// What the request's session says, if anything.
    pub fn in_session(req: &HttpRequest) -> Option<Self> {
        req.get_session().get(Self::KEY).ok().flatten()
    }
}

/// Somebody who is signed in, as a handler's argument; anybody else is asked to sign in first.
#[derive(Clone, Debug)]
pub struct Shopper(pub Person);

/// Somebody who may come behind the counter, as a handler's argument; for anybody else there is no such page (404).
#[derive(Clone, Debug)]
pub struct Staff(pub Person);

/// Somebody who manages people, as a handler's argument; for anybody else there is no such page (404).
#[derive(Clone, Debug)]
pub struct Admin(pub Person);

/// What happens when somebody signs in, beside signing in: given the request and who it is, it may have something to
/// say. Wired in `app`, since a guest's cart is not this room's matter.
pub struct OnSignIn(pub Box<dyn Fn(HttpRequest, UserId, Messages) -> Answer<Option<Flash>> + Send + Sync>);

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, PageError>>>>;

/// Begins a session of somebody who has just proved who they are, under a new id, since the old one may be known to
/// others. Gives what signing in has to say.
pub(super) async fn sign_in(req: &HttpRequest, person: &Person, t: Messages) -> Result<Option<Flash>, PageError> {
    claim(req, person)?;
    begin_shift(req, person).await?;
    match req.app_data::<Data<OnSignIn>>() {
        Some(also) => (also.0)(req.clone(), person.id, t).await,
        None => Ok(None),
    }
}

/// Whoever may come behind the counter begins a shift there; whoever may not has none, whosever the session was before.
pub(super) async fn begin_shift(req: &HttpRequest, person: &Person) -> Result<(), PageError> {
    if person.role() >= Role::Staff {
        return shift::begin(req).await;
    }
    shift::leave(req);
    Ok(())
}

/// The session goes on for somebody whose other sessions have just ended.
pub fn go_on(req: &HttpRequest, person: &Person) -> Result<(), PageError> {
    claim(req, person)
}

/// Somebody has given their password and not yet their code: nobody is signed in.
#[derive(Debug, Serialize, Deserialize)]
struct HalfIn {
    claim: Claim,
    /// In seconds since 1970.
    until: i64,
}

impl HalfIn {
    const KEY: &'static str = "half_in";
    /// How long somebody may look for their phone, in seconds.
    const PATIENCE: i64 = 10 * 60;
}

/// Remembers who has given the right password, until they give a code. Whoever was signed in is not any more.
pub(super) fn come_half_in(req: &HttpRequest, person: &Person, now: DateTime<Utc>) -> Result<(), PageError> {
    let session = req.get_session();
    session.renew();
    session.remove(Claim::KEY);
    shift::leave(req);
    let half_in = HalfIn { claim: Claim::of(person), until: now.timestamp() + HalfIn::PATIENCE };
    session.insert(HalfIn::KEY, half_in).map_err(PageError::internal)
}

/// Who has given the right password, not long ago, and may still come in.
pub(super) async fn who_is_half_in(req: &HttpRequest, now: DateTime<Utc>) -> Result<Option<Person>, PageError> {
    let half_in: Option<HalfIn> = req.get_session().get(HalfIn::KEY).ok().flatten();
    let Some(HalfIn { claim, .. }) = half_in.filter(|half_in| now.timestamp() < half_in.until) else {
        return Ok(None);
    };
    let found = held::<People>(req)?.person(claim.user()).await?;
    Ok(found.filter(|person| claim.holds_for(person)).map(|person| Person::clone(&person)))
}

/// The session goes on as that of `person`, under a new id.
pub(super) fn claim(req: &HttpRequest, person: &Person) -> Result<(), PageError> {
    let session = req.get_session();
    session.renew();
    session.remove(HalfIn::KEY);
    session.insert(Claim::KEY, Claim::of(person)).map_err(PageError::internal)
}

/// Ends the session, if there is one.
pub(super) fn sign_out(req: &HttpRequest) {
    req.get_session().purge();
}

/// Who is signed in, asked of the database once for each request.
pub async fn who(req: &HttpRequest) -> Result<Option<Person>, PageError> {
    if is_session_unreadable(req) {
        return Err(PageError::Unavailable("the session cannot be read".into()));
    }
    let Some(claim) = Claim::in_session(req) else {
        return Ok(None);
    };
    if let Some(known) = req.extensions().get::<Known>() {
        return Ok(known.0.clone());
    }
    let found = held::<People>(req)?.person(claim.user()).await?;
    let known = found.filter(|person| claim.holds_for(person)).map(|person| Person::clone(&person));
    req.extensions_mut().insert(Known(known.clone()));
    Ok(known)
}

struct Known(Option<Person>);

/// People as pages ask for them: whoever is asked for at the same moment is read from the database together.
pub struct People {
    people: Batcher<UserId, Person, DbError>,
    books: Batcher<UserId, Vec<Address>, DbError>,
}

impl People {
    /// Stands on the runtime that this is called on.
    pub fn open(db: &Db) -> Self {
        Self { people: batched(db, queries::people), books: batched(db, queries::address_books) }
    }

    async fn person(&self, id: UserId) -> Result<Option<Arc<Person>>, PageError> {
        Ok(self.people.get(id).await?)
    }

    /// Somebody's address book, the default first.
    pub async fn address_book(&self, owner: UserId) -> Result<Arc<Vec<Address>>, PageError> {
        Ok(self.books.get(owner).await?.unwrap_or_default())
    }
}

impl FromRequest for Shopper {
    type Error = PageError;
    type Future = Answer<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let person = who(&req).await?;
            person.map(Self).ok_or_else(|| PageError::SignInNeeded(way_back(&req)))
        })
    }
}

impl FromRequest for Staff {
    type Error = PageError;
    type Future = Answer<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let person = who(&req).await?;
            person.filter(|person| person.role() >= Role::Staff).map(Self).ok_or(PageError::NotFound)
        })
    }
}

impl FromRequest for Admin {
    type Error = PageError;
    type Future = Answer<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let person = who(&req).await?;
            person.filter(|person| person.role() >= Role::Admin).map(Self).ok_or(PageError::NotFound)
        })
    }
}

/// Where to go on after signing in: the page that was asked for. What was posted is not posted again, so then it is the
/// page the form was on.
pub fn way_back(req: &HttpRequest) -> String {
    if req.method().is_safe() {
        req.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned()
    } else {
        came_from(req).unwrap_or_else(|| "/".to_owned())
    }
}
