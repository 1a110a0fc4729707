//! The account page and the change of the password.

use askama::Template;

use crate::{
    accounts::{
        MAX_ADDRESSES, Shopper, ShopperRequest, actions, current_user,
        forms::{self, ChangePassword},
        login_throttle::{self, PasswordCheck},
        model::User,
        passwords, queries,
    },
    platform::db::DbError,
    web::{
        Fields, Flash, Form, Page, PageError, PageResult, SecurityEvent, Subject, client_address, filters, html,
        too_many, unprocessable,
    },
};

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage {
    page: Page,
    user: User,
    addresses: i64,
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    page: Page,
    form: Form,
    refusal: Option<String>,
}

/// `GET /account`: the account page.
pub async fn account(shopper: ShopperRequest) -> PageResult {
    let owner = shopper.user.id;
    let addresses = shopper.db.run(move |conn| Ok::<_, DbError>(queries::address_count(conn, owner)?)).await?;
    html(&AccountPage { page: shopper.page, user: shopper.user.0, addresses })
}

/// `GET /account/password`: the form to change the password.
pub async fn password_page(shopper: ShopperRequest) -> PageResult {
    html(&PasswordPage { page: shopper.page, form: Form::default(), refusal: None })
}

/// `POST /account/password`: changes the password and ends all other sessions; this one continues under a new id.
pub async fn change_password(shopper: ShopperRequest, fields: Fields) -> PageResult {
    let ShopperRequest { user: Shopper(user), page, db, redis, config, http } = shopper;
    let t = page.t;
    let mut form = Form::from(fields);
    let Some(typed) = forms::change_password(&mut form, &user.username, &user.email, t) else {
        return unprocessable(&PasswordPage { page, form, refusal: None });
    };
    let ChangePassword { current, new } = typed;
    let (id, about) = (user.id, Subject::User(user.id));
    let hash = db.run(move |conn| Ok::<_, DbError>(queries::password_hash(conn, id)?)).await?;
    let found = hash.map(|hash| (user, hash));
    match login_throttle::verify_password(&redis, &client_address(&http), "", found, current).await? {
        PasswordCheck::Correct(user) => {
            let hash = passwords::hash(new).await?;
            let changed = db.run(move |conn| Ok::<_, DbError>(actions::set_password(conn, &user, &hash)?)).await?;
            // The password was changed elsewhere in the meantime, which ended this session.
            let user = changed.ok_or_else(|| PageError::SignInNeeded("/account/password".to_owned()))?;
            current_user::renew_session(&http, &user)?;
            SecurityEvent::PasswordChanged.record(&http, about, "");
            Ok(Flash::success(t.password_changed()).see_other("/account", &config))
        }
        PasswordCheck::Wrong => {
            SecurityEvent::ReauthenticationFailed.record(&http, about, "password_change");
            form.fail("current_password", t.password_wrong());
            unprocessable(&PasswordPage { page, form, refusal: None })
        }
        PasswordCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(&http, about, "password_change");
            let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
            too_many(&PasswordPage { page, form, refusal }, seconds)
        }
    }
}
