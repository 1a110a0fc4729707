//! The pages of the address book.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use askama::Template;

use crate::{
    accounts::{Address, MAX_ADDRESSES, Shopper, address_book, forms, queries},
    config::Config,
    kernel::{AddressId, UserId},
    messages::Messages,
    platform::db::{self, Db, DbError},
    web::{Fields, Flash, Form, Page, PageError, html, unprocessable},
};

const ADDRESS_BOOK_PATH: &str = "/account/addresses";

#[derive(Template)]
#[template(path = "accounts/address-book.html")]
struct AddressBookPage {
    page: Page,
    addresses: Vec<Address>,
    form: Form,
    /// Whether the form for a new address is shown, and opened.
    add: NewAddressForm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NewAddressForm {
    /// The address book is full.
    Full,
    Closed,
    Open,
}

#[derive(Template)]
#[template(path = "accounts/address.html")]
struct AddressPage {
    page: Page,
    address: Address,
    form: Form,
}

/// `GET /account/addresses`
pub async fn address_book(Shopper(user): Shopper, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    let addresses = addresses(&db, user.id).await?;
    let add = match addresses.len() {
        0 => NewAddressForm::Open,
        kept if kept >= MAX_ADDRESSES => NewAddressForm::Full,
        _ => NewAddressForm::Closed,
    };
    html(&AddressBookPage { page, addresses, form: Form::default(), add })
}

/// `POST /account/addresses`
pub async fn create_address(
    Shopper(user): Shopper,
    page: Page,
    fields: Fields,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, owner) = (page.t, user.id);
    let mut form = Form::from(fields);
    let Some(new) = forms::address(&mut form, t) else {
        let addresses = addresses(&db, owner).await?;
        return unprocessable(&AddressBookPage { page, addresses, form, add: NewAddressForm::Open });
    };
    let added = db
        .run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(address_book::add_address(conn, owner, &new)?)));
    match added.await? {
        Ok(_) => Ok(Flash::success(t.address_saved()).see_other(ADDRESS_BOOK_PATH, &config)),
        Err(address_book::AddressBookFull) => {
            let page = page.with_flash(Flash::error(t.address_book_full(MAX_ADDRESSES)));
            let addresses = addresses(&db, owner).await?;
            unprocessable(&AddressBookPage { page, addresses, form, add: NewAddressForm::Open })
        }
    }
}

/// `GET /account/addresses/{id}`
pub async fn address_page(
    Shopper(user): Shopper,
    page: Page,
    id: Path<i64>,
    db: Data<Db>,
) -> Result<HttpResponse, PageError> {
    let address = address(&db, user.id, AddressId(*id)).await?;
    let form = Form::filled([
        ("recipient", address.recipient.clone()),
        ("phone", page.t.phone(&address.phone)),
        ("region", address.region.clone()),
        ("street", address.street.clone()),
        ("postcode", address.postcode.clone()),
    ]);
    html(&AddressPage { page, address, form })
}

/// `POST /account/addresses/{id}`
pub async fn update_address(
    Shopper(user): Shopper,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, owner, id) = (page.t, user.id, AddressId(*id));
    let mut form = Form::from(fields);
    let Some(new) = forms::address(&mut form, t) else {
        let address = address(&db, owner, id).await?;
        return unprocessable(&AddressPage { page, address, form });
    };
    let saved = db.run(move |conn| {
        db::transaction(conn, |conn| Ok::<_, DbError>(address_book::save_address(conn, owner, id, &new)?))
    });
    changed(saved.await?, Messages::address_saved, t, &config)
}

/// `POST /account/addresses/{id}/removal`
pub async fn delete_address(
    Shopper(user): Shopper,
    page: Page,
    id: Path<i64>,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (owner, id) = (user.id, AddressId(*id));
    let removed = db.run(move |conn| {
        db::transaction(conn, |conn| Ok::<_, DbError>(address_book::remove_address(conn, owner, id)?))
    });
    changed(removed.await?, Messages::address_deleted, page.t, &config)
}

/// `POST /account/addresses/{id}/default`
pub async fn make_default_address(
    Shopper(user): Shopper,
    page: Page,
    id: Path<i64>,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (owner, id) = (user.id, AddressId(*id));
    let set = db
        .run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(address_book::make_default(conn, owner, id)?)));
    changed(set.await?, Messages::address_is_default, page.t, &config)
}

/// Redirects to the address book with a message; 404 if the user has no such address.
fn changed(
    found: bool,
    message: fn(Messages) -> &'static str,
    t: Messages,
    config: &Config,
) -> Result<HttpResponse, PageError> {
    if found { Ok(Flash::success(message(t)).see_other(ADDRESS_BOOK_PATH, config)) } else { Err(PageError::NotFound) }
}

async fn addresses(db: &Db, owner: UserId) -> Result<Vec<Address>, PageError> {
    Ok(db.run(move |conn| Ok::<_, DbError>(queries::addresses_of(conn, owner)?)).await?)
}

async fn address(db: &Db, owner: UserId, id: AddressId) -> Result<Address, PageError> {
    let found = db.run(move |conn| Ok::<_, DbError>(queries::address_of(conn, owner, id)?)).await?;
    found.ok_or(PageError::NotFound)
}
