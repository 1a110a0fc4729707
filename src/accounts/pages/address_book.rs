//! The pages of the address book.

use actix_web::web::Path;
use askama::Template;

use crate::{
    accounts::{Address, MAX_ADDRESSES, ShopperRequest, address_book, forms, queries},
    kernel::{AddressId, UserId},
    messages::Messages,
    platform::db::{self, Db, DbError},
    web::{Fields, Flash, Form, Page, PageError, PageResult, filters, html, unprocessable},
};

const ADDRESS_BOOK_PATH: &str = "/account/addresses";

#[derive(Template)]
#[template(path = "accounts/address-book.html")]
struct AddressBookPage {
    page: Page,
    addresses: Vec<Address>,
    form: Form,
    /// Whether the page offers the form for a new address, and whether it is open already.
    add: NewAddressForm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NewAddressForm {
    /// The form is not offered, because the address book is full.
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

/// `GET /account/addresses`: the addresses of the signed-in user.
pub async fn address_book(shopper: ShopperRequest) -> PageResult {
    let addresses = addresses(&shopper.db, shopper.user.id).await?;
    let add = match addresses.len() {
        0 => NewAddressForm::Open,
        kept if kept >= MAX_ADDRESSES => NewAddressForm::Full,
        _ => NewAddressForm::Closed,
    };
    html(&AddressBookPage { page: shopper.page, addresses, form: Form::default(), add })
}

/// `POST /account/addresses`: adds an address.
pub async fn create_address(shopper: ShopperRequest, fields: Fields) -> PageResult {
    let (t, owner) = (shopper.page.t, shopper.user.id);
    let mut form = Form::from(fields);
    let Some(new) = forms::address(&mut form, t) else {
        let addresses = addresses(&shopper.db, owner).await?;
        return unprocessable(&AddressBookPage { page: shopper.page, addresses, form, add: NewAddressForm::Open });
    };
    let added = shopper
        .db
        .run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(address_book::add_address(conn, owner, &new)?)));
    match added.await? {
        Ok(_) => Ok(Flash::success(t.address_saved()).see_other(ADDRESS_BOOK_PATH, &shopper.config)),
        Err(address_book::AddressBookFull) => {
            let page = shopper.page.with_flash(Flash::error(t.address_book_full(MAX_ADDRESSES)));
            let addresses = addresses(&shopper.db, owner).await?;
            unprocessable(&AddressBookPage { page, addresses, form, add: NewAddressForm::Open })
        }
    }
}

/// `GET /account/addresses/{id}`: the form to change an address.
pub async fn address_page(shopper: ShopperRequest, id: Path<i64>) -> PageResult {
    let address = address(&shopper.db, shopper.user.id, AddressId(*id)).await?;
    let form = Form::filled([
        ("recipient", address.recipient.clone()),
        ("phone", shopper.page.t.phone(&address.phone)),
        ("region", address.region.clone()),
        ("street", address.street.clone()),
        ("postcode", address.postcode.clone()),
    ]);
    html(&AddressPage { page: shopper.page, address, form })
}

/// `POST /account/addresses/{id}`: changes an address.
pub async fn update_address(shopper: ShopperRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (owner, id) = (shopper.user.id, AddressId(*id));
    let mut form = Form::from(fields);
    let Some(new) = forms::address(&mut form, shopper.page.t) else {
        let address = address(&shopper.db, owner, id).await?;
        return unprocessable(&AddressPage { page: shopper.page, address, form });
    };
    let saved = shopper.db.run(move |conn| {
        db::transaction(conn, |conn| Ok::<_, DbError>(address_book::save_address(conn, owner, id, &new)?))
    });
    changed(&shopper, saved.await?, Messages::address_saved)
}

/// `POST /account/addresses/{id}/removal`: removes an address.
pub async fn delete_address(shopper: ShopperRequest, id: Path<i64>) -> PageResult {
    let (owner, id) = (shopper.user.id, AddressId(*id));
    let removed = shopper.db.run(move |conn| {
        db::transaction(conn, |conn| Ok::<_, DbError>(address_book::remove_address(conn, owner, id)?))
    });
    changed(&shopper, removed.await?, Messages::address_deleted)
}

/// `POST /account/addresses/{id}/default`: makes an address the default.
pub async fn make_default_address(shopper: ShopperRequest, id: Path<i64>) -> PageResult {
    let (owner, id) = (shopper.user.id, AddressId(*id));
    let set = shopper
        .db
        .run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(address_book::make_default(conn, owner, id)?)));
    changed(&shopper, set.await?, Messages::address_is_default)
}

/// Returns a redirect to the address book, which shows `message`. Fails with 404 if `found` is false: the user has no
/// such address.
fn changed(shopper: &ShopperRequest, found: bool, message: fn(Messages) -> &'static str) -> PageResult {
    if !found {
        return Err(PageError::NotFound);
    }
    Ok(Flash::success(message(shopper.page.t)).see_other(ADDRESS_BOOK_PATH, &shopper.config))
}

async fn addresses(db: &Db, owner: UserId) -> Result<Vec<Address>, PageError> {
    Ok(db.run(move |conn| Ok::<_, DbError>(queries::addresses_of(conn, owner)?)).await?)
}

async fn address(db: &Db, owner: UserId, id: AddressId) -> Result<Address, PageError> {
    let found = db.run(move |conn| Ok::<_, DbError>(queries::address_of(conn, owner, id)?)).await?;
    found.ok_or(PageError::NotFound)
}
