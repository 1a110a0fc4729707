//! The user who makes a request: what the session says, checked against the database.

use actix_session::SessionExt;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{future::Future, ops::Deref, pin::Pin, sync::Arc};

use super::{
    model::{Address, Role, User},
    queries, staff_session,
};
use crate::{
    kernel::UserId,
    messages::Messages,
    platform::{
        batch_loader::{BatchLoader, batched},
        db::{Db, DbError},
    },
    web::{Flash, PageError, PageRequest, app_data, is_session_unreadable, referer_path},
};

/// Who is signed in according to a session. [`SessionClaim::holds_for`] says whether that is still valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaim {
    user: i64,
    /// The user's `password_changed_at` at sign-in, in microseconds since 1970 (UTC).
    since: i64,
}

impl SessionClaim {
    const KEY: &'static str = "signed_in";

    /// Returns the claim to store in the session of this user at sign-in.
    pub fn of(user: &User) -> Self {
        Self { user: user.id.0, since: user.password_changed_at.timestamp_micros() }
    }

    pub fn user_id(self) -> UserId {
        UserId(self.user)
    }

    /// Returns whether the session is still valid: the account is enabled, and its password has not changed since the
    /// sign-in.
    pub fn holds_for(self, user: &User) -> bool {
        user.disabled_at.is_none() && self == Self::of(user)
    }

    /// Returns what the request's session says about who is signed in, valid or not; `None` if nobody is.
    pub fn in_session(req: &HttpRequest) -> Option<Self> {
        req.get_session().get(Self::KEY).ok().flatten()
    }
}

/// Extractor for a signed-in user. A client who is not signed in is redirected to the sign-in page.
#[derive(Clone, Debug)]
pub struct Shopper(pub User);

/// Extractor for a member of staff or an admin. Other clients get 404.
#[derive(Clone, Debug)]
pub struct Staff(pub User);

/// Extractor for an admin. Other clients get 404.
#[derive(Clone, Debug)]
pub struct Admin(pub User);

/// A request of a signed-in user. A client who is not signed in is redirected to the sign-in page.
pub type ShopperRequest = PageRequest<Shopper>;

/// A request of a member of staff or an admin. Other clients get 404.
pub type StaffRequest = PageRequest<Staff>;

/// A request of an admin. Other clients get 404.
pub type AdminRequest = PageRequest<Admin>;

/// A hook that runs at each sign-in and may return a flash message. `app` sets it to merge the guest's cart, because
/// accounts may not import the cart.
pub struct OnSignIn(pub Box<dyn Fn(HttpRequest, UserId, Messages) -> BoxFuture<Option<Flash>> + Send + Sync>);

type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, PageError>>>>;

/// Starts a session for a user who has just given the right password and second factor. The session id changes to
/// prevent session fixation. Returns the flash message of [`OnSignIn`].
pub(super) async fn sign_in(req: &HttpRequest, user: &User, t: Messages) -> Result<Option<Flash>, PageError> {
    renew_session(req, user)?;
    begin_staff_session(req, user).await?;
    match req.app_data::<Data<OnSignIn>>() {
        Some(also) => (also.0)(req.clone(), user.id, t).await,
        None => Ok(None),
    }
}

/// For staff and admins, starts the staff session, which opens the admin pages. For a shopper, ends a staff session
/// that another user left in this browser.
pub(super) async fn begin_staff_session(req: &HttpRequest, user: &User) -> Result<(), PageError> {
    if user.role() >= Role::Staff {
        return staff_session::begin(req).await;
    }
    staff_session::end(req);
    Ok(())
}

/// A user who has given the right password but not yet the second factor, and so is not signed in.
#[derive(Debug, Serialize, Deserialize)]
struct PendingSecondFactor {
    claim: SessionClaim,
    until: i64,
}

impl PendingSecondFactor {
    const KEY: &'static str = "pending";
    /// The number of seconds in which the second factor must be given after the password.
    const TIMEOUT_SECONDS: i64 = 10 * 60;
}

/// Records that `user` has given the right password and must give the second factor now. Signs out whoever is signed
/// in.
pub(super) fn begin_second_factor(req: &HttpRequest, user: &User, now: DateTime<Utc>) -> Result<(), PageError> {
    let session = req.get_session();
    session.renew();
    session.remove(SessionClaim::KEY);
    staff_session::end(req);
    let pending = PendingSecondFactor {
        claim: SessionClaim::of(user),
        until: now.timestamp() + PendingSecondFactor::TIMEOUT_SECONDS,
    };
    session.insert(PendingSecondFactor::KEY, pending).map_err(PageError::internal)
}

/// Returns the user who has given the right password in this session in the last ten minutes, but no code yet. `None`
/// if nobody has, or if that user's password was changed or account disabled since.
pub(super) async fn pending_second_factor(req: &HttpRequest, now: DateTime<Utc>) -> Result<Option<User>, PageError> {
    let pending: Option<PendingSecondFactor> = req.get_session().get(PendingSecondFactor::KEY).ok().flatten();
    let Some(PendingSecondFactor { claim, .. }) = pending.filter(|pending| now.timestamp() < pending.until) else {
        return Ok(None);
    };
    let found = app_data::<AccountLoader>(req)?.user(claim.user_id()).await?;
    Ok(found.filter(|user| claim.holds_for(user)).map(|user| User::clone(&user)))
}

/// Signs `user` in under a new session id, so that an id that an attacker knows becomes worthless.
pub fn renew_session(req: &HttpRequest, user: &User) -> Result<(), PageError> {
    let session = req.get_session();
    session.renew();
    session.remove(PendingSecondFactor::KEY);
    session.insert(SessionClaim::KEY, SessionClaim::of(user)).map_err(PageError::internal)
}

pub(super) fn sign_out(req: &HttpRequest) {
    req.get_session().purge();
}

/// Returns the signed-in user, if any. Queries the database once for each request; later calls return the same result.
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
    let found = app_data::<AccountLoader>(req)?.user(claim.user_id()).await?;
    let known = found.filter(|user| claim.holds_for(user)).map(|user| User::clone(&user));
    req.extensions_mut().insert(CachedUser(known.clone()));
    Ok(known)
}

struct CachedUser(Option<User>);

/// Loads users and address books in batches: lookups made at the same time share one query.
pub struct AccountLoader {
    users: BatchLoader<UserId, User, DbError>,
    address_books: BatchLoader<UserId, Vec<Address>, DbError>,
}

impl AccountLoader {
    /// Creates the loader, and starts its tasks on the current Tokio runtime.
    pub fn open(db: &Db) -> Self {
        Self { users: batched(db, queries::users_by_id), address_books: batched(db, queries::address_books) }
    }

    async fn user(&self, id: UserId) -> Result<Option<Arc<User>>, PageError> {
        Ok(self.users.get(id).await?)
    }

    /// Loads the owner's address book, the default address first.
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
            let user = current_user(&req).await?;
            user.map(Self).ok_or_else(|| PageError::SignInNeeded(return_path(&req)))
        })
    }
}

impl Deref for Shopper {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

impl Deref for Staff {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

impl Deref for Admin {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

/// Returns the signed-in user if they have at least this role; otherwise fails with [`PageError::NotFound`].
async fn user_with_role(req: &HttpRequest, role: Role) -> Result<User, PageError> {
    let user = current_user(req).await?;
    user.filter(|user| user.role() >= role).ok_or(PageError::NotFound)
}

impl FromRequest for Staff {
    type Error = PageError;
    type Future = BoxFuture<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { user_with_role(&req, Role::Staff).await.map(Self) })
    }
}

impl FromRequest for Admin {
    type Error = PageError;
    type Future = BoxFuture<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { user_with_role(&req, Role::Admin).await.map(Self) })
    }
}

/// Returns the path to show after sign-in: that of the requested page. For a POST it is the page with the form, because
/// the form itself is not sent again.
pub fn return_path(req: &HttpRequest) -> String {
    if req.method().is_safe() {
        req.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned()
    } else {
        referer_path(req).unwrap_or_else(|| "/".to_owned())
    }
}
