//! Who makes a request: what the session claims, and what the database says of it.

use actix_session::SessionExt;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin, sync::Arc};

use super::{
    model::{Address, Role, User},
    queries, staff_session,
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

/// What a session says of its owner. The database has the last word: see [`SessionClaim::holds_for`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaim {
    user: i64,
    /// `password_changed_at` of that user when they signed in, in microseconds since 1970.
    since: i64,
}

impl SessionClaim {
    const KEY: &'static str = "signed_in";

    /// What the session of somebody who has just signed in says.
    pub fn of(person: &User) -> Self {
        Self { user: person.id.0, since: person.password_changed_at.timestamp_micros() }
    }

    /// Who it claims to be.
    pub fn user_id(self) -> UserId {
        UserId(self.user)
    }

    /// Whether it is still true: they may come in, and the password is the one they gave.
    pub fn holds_for(self, person: &User) -> bool {
        person.disabled_at.is_none() && self == Self::of(person)
    }

    /// What the request's session says, if anything.
    pub fn in_session(req: &HttpRequest) -> Option<Self> {
        req.get_session().get(Self::KEY).ok().flatten()
    }
}

/// Somebody who is signed in, as a handler's argument; anybody else is asked to sign in first.
#[derive(Clone, Debug)]
pub struct Shopper(pub User);

/// Somebody who may come behind the counter, as a handler's argument; for anybody else there is no such page (404).
#[derive(Clone, Debug)]
pub struct Staff(pub User);

/// Somebody who manages people, as a handler's argument; for anybody else there is no such page (404).
#[derive(Clone, Debug)]
pub struct Admin(pub User);

/// What happens when somebody signs in, beside signing in: given the request and who it is, it may have something to
/// say. Wired in `app`, since a guest's cart is not this room's matter.
pub struct OnSignIn(pub Box<dyn Fn(HttpRequest, UserId, Messages) -> BoxFuture<Option<Flash>> + Send + Sync>);

type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, PageError>>>>;

/// Begins a session of somebody who has just proved who they are, under a new id, since the old one may be known to
/// others. Gives what signing in has to say.
pub(super) async fn sign_in(req: &HttpRequest, person: &User, t: Messages) -> Result<Option<Flash>, PageError> {
    renew_session(req, person)?;
    begin_staff_session(req, person).await?;
    match req.app_data::<Data<OnSignIn>>() {
        Some(also) => (also.0)(req.clone(), person.id, t).await,
        None => Ok(None),
    }
}

/// Whoever may come behind the counter begins a shift there; whoever may not has none, whosever the session was before.
pub(super) async fn begin_staff_session(req: &HttpRequest, person: &User) -> Result<(), PageError> {
    if person.role() >= Role::Staff {
        return staff_session::begin(req).await;
    }
    staff_session::leave(req);
    Ok(())
}

/// Somebody has given their password and not yet their code: nobody is signed in.
#[derive(Debug, Serialize, Deserialize)]
struct PendingSecondFactor {
    claim: SessionClaim,
    /// In seconds since 1970.
    until: i64,
}

impl PendingSecondFactor {
    const KEY: &'static str = "pending";
    /// How long somebody may look for their phone, in seconds.
    const PATIENCE: i64 = 10 * 60;
}

/// Remembers who has given the right password, until they give a code. Whoever was signed in is not any more.
pub(super) fn begin_second_factor(req: &HttpRequest, person: &User, now: DateTime<Utc>) -> Result<(), PageError> {
    let session = req.get_session();
    session.renew();
    session.remove(SessionClaim::KEY);
    staff_session::leave(req);
    let pending =
        PendingSecondFactor { claim: SessionClaim::of(person), until: now.timestamp() + PendingSecondFactor::PATIENCE };
    session.insert(PendingSecondFactor::KEY, pending).map_err(PageError::internal)
}

/// Who has given the right password, not long ago, and may still come in.
pub(super) async fn pending_second_factor(req: &HttpRequest, now: DateTime<Utc>) -> Result<Option<User>, PageError> {
    let pending: Option<PendingSecondFactor> = req.get_session().get(PendingSecondFactor::KEY).ok().flatten();
    let Some(PendingSecondFactor { claim, .. }) = pending.filter(|pending| now.timestamp() < pending.until) else {
        return Ok(None);
    };
    let found = held::<AccountLoader>(req)?.user(claim.user_id()).await?;
    Ok(found.filter(|person| claim.holds_for(person)).map(|person| User::clone(&person)))
}

/// The session goes on as that of `person`, under a new id.
pub fn renew_session(req: &HttpRequest, person: &User) -> Result<(), PageError> {
    let session = req.get_session();
    session.renew();
    session.remove(PendingSecondFactor::KEY);
    session.insert(SessionClaim::KEY, SessionClaim::of(person)).map_err(PageError::internal)
}

/// Ends the session, if there is one.
pub(super) fn sign_out(req: &HttpRequest) {
    req.get_session().purge();
}

/// Who is signed in, asked of the database once for each request.
pub async fn current_user(req: &HttpRequest) -> Result<Option<User>, PageError> {
    if is_session_unreadable(req) {
        return Err(PageError::Unavailable("the session cannot be read".into()));
    }
    let Some(claim) = SessionClaim::in_session(req) else {
        return Ok(None);
    };
    if let Some(known) = req.extensions().get::<CachedUser>() {
        return Ok(known.0.clone());
    }
    let found = held::<AccountLoader>(req)?.user(claim.user_id()).await?;
    let known = found.filter(|person| claim.holds_for(person)).map(|person| User::clone(&person));
    req.extensions_mut().insert(CachedUser(known.clone()));
    Ok(known)
}

struct CachedUser(Option<User>);

/// AccountLoader as pages ask for them: whoever is asked for at the same moment is read from the database together.
pub struct AccountLoader {
    users: Batcher<UserId, User, DbError>,
    address_books: Batcher<UserId, Vec<Address>, DbError>,
}

impl AccountLoader {
    /// Stands on the runtime that this is called on.
    pub fn open(db: &Db) -> Self {
        Self { users: batched(db, queries::users_by_id), address_books: batched(db, queries::address_books) }
    }

    async fn user(&self, id: UserId) -> Result<Option<Arc<User>>, PageError> {
        Ok(self.users.get(id).await?)
    }

    /// Somebody's address book, the default first.
    pub async fn address_book(&self, owner: UserId) -> Result<Arc<Vec<Address>>, PageError> {
        Ok(self.address_books.get(owner).await?.unwrap_or_default())
    }
}

impl FromRequest for Shopper {
    type Error = PageError;
    type Future = BoxFuture<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let person = current_user(&req).await?;
            person.map(Self).ok_or_else(|| PageError::SignInNeeded(return_path(&req)))
        })
    }
}

impl FromRequest for Staff {
    type Error = PageError;
    type Future = BoxFuture<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let person = current_user(&req).await?;
            person.filter(|person| person.role() >= Role::Staff).map(Self).ok_or(PageError::NotFound)
        })
    }
}

impl FromRequest for Admin {
    type Error = PageError;
    type Future = BoxFuture<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let person = current_user(&req).await?;
            person.filter(|person| person.role() >= Role::Admin).map(Self).ok_or(PageError::NotFound)
        })
    }
}

/// Where to go on after signing in: the page that was asked for. What was posted is not posted again, so then it is the
/// page the form was on.
pub fn return_path(req: &HttpRequest) -> String {
    if req.method().is_safe() {
        req.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned()
    } else {
        came_from(req).unwrap_or_else(|| "/".to_owned())
    }
}
