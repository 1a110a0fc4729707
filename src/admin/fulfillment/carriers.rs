//! The list of carriers, and the page that edits one.

use actix_web::web::Path;
use askama::Template;
use serde_json::{Value, json};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    fulfillment::{self, Carrier, CarrierChange, CarrierDetails, CarrierRefusal},
    kernel::CarrierId,
    messages::Messages,
    platform::db::{self, DbError},
    web::{self, Fields, Flash, Form, PageError, PageResult, see_other},
};

const CARRIERS_PATH: &str = "/admin/carriers";

#[derive(Template)]
#[template(path = "admin/fulfillment/carriers.html")]
struct CarriersPage {
    page: AdminPage,
    carriers: Vec<Carrier>,
}

/// `GET /admin/carriers`: the list of carriers.
pub async fn carriers(staff: StaffRequest) -> PageResult {
    let carriers = staff.db.run(|conn| Ok::<_, DbError>(fulfillment::all_carriers(conn)?)).await?;
    web::html(&CarriersPage { page: AdminPage::load(staff.page, &staff.db).await?, carriers })
}

/// The page with the form that edits a carrier, or adds one.
#[derive(Template)]
#[template(path = "admin/fulfillment/carrier.html")]
struct CarrierPage {
    page: AdminPage,
    /// The carrier as it is stored; `None` for a new one.
    stored: Option<Carrier>,
    form: Form,
}

impl CarrierPage {
    async fn new(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        Ok(Self { page: AdminPage::load(staff.page.at(CARRIERS_PATH), &staff.db).await?, stored: None, form })
    }

    async fn load(staff: StaffRequest, id: CarrierId, typed: Option<Form>) -> Result<Self, PageError> {
        let stored = staff.db.run(move |conn| Ok::<_, DbError>(fulfillment::carrier(conn, id)?)).await?;
        let form = typed.unwrap_or_else(|| form_of(&stored));
        let path = address(id);
        Ok(Self { page: AdminPage::load(staff.page.at(&path), &staff.db).await?, stored: Some(stored), form })
    }

    fn name(&self) -> &str {
        self.stored.as_ref().map_or(self.page.t.carrier_new(), |carrier| carrier.name(self.page.language()))
    }

    fn action(&self) -> String {
        self.stored.as_ref().map_or_else(|| CARRIERS_PATH.to_owned(), |carrier| address(carrier.id))
    }
}

fn address(id: CarrierId) -> String {
    format!("{CARRIERS_PATH}/{id}")
}

fn form_of(carrier: &Carrier) -> Form {
    Form::filled([
        ("name_en", carrier.name_en.clone()),
        ("name_zh", carrier.name_zh.clone()),
        ("link", carrier.link.clone()),
        ("active", carrier.active.to_string()),
    ])
}

/// `GET /admin/carriers/new`: the form for a new carrier.
pub async fn new_carrier(staff: StaffRequest) -> PageResult {
    web::html(&CarrierPage::new(staff, Form::filled([("active", "true".to_owned())])).await?)
}

/// `POST /admin/carriers`: adds a carrier and redirects to the list.
pub async fn create_carrier(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(details) = fulfillment::carrier_details(&mut form, true, t) else {
        return web::unprocessable(&CarrierPage::new(staff, form).await?);
    };
    let audit = AuditContext::of(&staff);
    let created = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let created = fulfillment::create_carrier(conn, &details)?;
            if created.is_ok() {
                audit.record(conn, AuditAction::CreateCarrier, &details.code, Diff::after(audit_value(&details)))?;
            }
            Ok::<_, DbError>(created)
        })
    });
    match created.await? {
        Ok(_) => Ok(Flash::success(t.carrier_created()).see_other(CARRIERS_PATH, &staff.config)),
        Err(why) => {
            form.fail("carrier_code", refusal(t, why));
            web::unprocessable(&CarrierPage::new(staff, form).await?)
        }
    }
}

/// `GET /admin/carriers/{id}`: the form that edits a carrier.
pub async fn carrier(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&CarrierPage::load(staff, CarrierId(*id), None).await?)
}

/// `POST /admin/carriers/{id}`: saves a carrier and redirects to the list.
pub async fn save_carrier(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (t, id, mut form) = (staff.page.t, CarrierId(*id), Form::from(fields));
    let Some(details) = fulfillment::carrier_details(&mut form, false, t) else {
        return web::unprocessable(&CarrierPage::load(staff, id, Some(form)).await?);
    };
    let audit = AuditContext::of(&staff);
    let saved = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let saved = fulfillment::save_carrier(conn, id, &details)?;
            if let Some(CarrierChange { before, after }) = &saved {
                let diff = Diff::new(audit_value(before), audit_value(after));
                audit.record(conn, AuditAction::EditCarrier, &after.code, diff)?;
            }
            Ok::<_, DbError>(saved)
        })
    });
    let flash = match saved.await? {
        Some(_) => Flash::success(t.products_saved()),
        None => Flash::notice(t.products_unchanged()),
    };
    Ok(flash.see_other(CARRIERS_PATH, &staff.config))
}

/// `POST /admin/carriers/{id}/removal`: removes a carrier with which no parcels were sent.
pub async fn remove_carrier(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (t, id, audit) = (staff.page.t, CarrierId(*id), AuditContext::of(&staff));
    let removed = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let removed = fulfillment::remove_carrier(conn, id)?;
            if let Ok(before) = &removed {
                audit.record(conn, AuditAction::RemoveCarrier, &before.code, Diff::before(audit_value(before)))?;
            }
            Ok::<_, DbError>(removed)
        })
    });
    match removed.await {
        Ok(Ok(_)) => Ok(Flash::success(t.carrier_removed()).see_other(CARRIERS_PATH, &staff.config)),
        Ok(Err(why)) => Ok(Flash::error(refusal(t, why)).see_other(&address(id), &staff.config)),
        // Somebody else has removed it, or the form was sent twice.
        Err(DbError::Missing) => Ok(see_other(CARRIERS_PATH)),
        Err(error) => Err(error.into()),
    }
}

fn refusal(t: Messages, why: CarrierRefusal) -> &'static str {
    match why {
        CarrierRefusal::CodeTaken => t.carrier_code_taken(),
        CarrierRefusal::HasParcels => t.carrier_has_parcels(),
    }
}

fn audit_value(details: &CarrierDetails) -> Value {
    json!({
        "name_en": details.name_en,
        "name_zh": details.name_zh,
        "link": details.link,
        "active": details.active,
    })
}
