//! `/admin/settings/invoices`: admins decide whether the shop issues invoices and fapiao, and at which tax rates.

use askama::Template;
use serde_json::{Map, Value};

use crate::{
    accounts::AdminRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    invoices::{self, CategoryRate, InvoiceSettings, NewInvoiceSettings},
    platform::{
        clock,
        db::{self, DbError},
    },
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

const SETTINGS: &str = "/admin/settings/invoices";

#[derive(Template)]
#[template(path = "admin/invoices/settings.html")]
struct SettingsPage {
    page: AdminPage,
    form: Form,
    rates: Vec<CategoryRate>,
}

/// `GET /admin/settings/invoices`: the form with the settings of invoices and the tax rates of categories.
pub async fn settings(admin: AdminRequest) -> PageResult {
    let (settings, rates) = load(&admin).await?;
    let form = invoices::settings_form(&settings, &rates);
    let page = AdminPage::load(admin.page, &admin.db).await?;
    web::html(&SettingsPage { page, form, rates })
}

/// `POST /admin/settings/invoices`: saves the settings. If somebody else has changed them since the form was loaded,
/// saves nothing.
pub async fn save_settings(admin: AdminRequest, fields: Fields) -> PageResult {
    let (t, zone, shop) = (admin.page.t, admin.config.zone, admin.settings()?);
    let (stored, mut rates) = load(&admin).await?;
    let mut form = Form::from(fields);
    let can_issue = !shop.address.is_empty() && !shop.tax_number.is_empty();
    let Some(new) = invoices::read_settings(&mut form, &mut rates, can_issue, t) else {
        return refused(admin, form, rates).await;
    };
    let seen: i64 = form.value("version").parse().unwrap_or(0);
    let first = new.invoices_from.and_then(|day| clock::day_range(day, zone)).map(|(begins, _)| begins);
    let (audit, saved_rates) = (AuditContext::of(&admin), rates.clone());
    let saved = admin.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let saved = invoices::save_invoice_settings(conn, (&new, &saved_rates), seen, first)?;
            if let Some(saved) = &saved {
                let diff = Diff::new(audited(&saved.before), audited(&saved.after));
                audit.record(conn, AuditAction::SaveInvoiceSettings, "", diff)?;
            }
            Ok::<_, DbError>(saved)
        })
    });
    if saved.await?.is_none() {
        form.fail("version", t.invoice_settings_stale());
        form.set("version", stored.version.to_string());
        return refused(admin, form, rates).await;
    }
    Ok(Flash::success(t.settings_saved()).see_other(SETTINGS, &admin.config))
}

async fn refused(admin: AdminRequest, form: Form, rates: Vec<CategoryRate>) -> PageResult {
    let admin = admin.at(SETTINGS);
    let page = AdminPage::load(admin.page, &admin.db).await?;
    web::unprocessable(&SettingsPage { page, form, rates })
}

async fn load(admin: &AdminRequest) -> Result<(InvoiceSettings, Vec<CategoryRate>), PageError> {
    let language = admin.page.language();
    let loaded = admin.db.run(move |conn| {
        Ok::<_, DbError>((invoices::invoice_settings(conn)?, invoices::category_rates(conn, language)?))
    });
    Ok(loaded.await?)
}

/// Returns the settings as the audit log stores them.
fn audited(settings: &NewInvoiceSettings) -> Value {
    let mut fields = Map::new();
    let from = settings.invoices_from.map(|day| day.to_string());
    fields.insert("invoices_from".to_owned(), Value::from(from));
    fields.insert("tax_rate".to_owned(), Value::from(settings.tax_rate.normalize().to_string()));
    fields.insert("invoice_prefix".to_owned(), Value::from(settings.invoice_prefix.clone()));
    fields.insert("credit_note_prefix".to_owned(), Value::from(settings.credit_note_prefix.clone()));
    fields.insert("retention_years".to_owned(), Value::from(settings.retention_years));
    fields.insert("fapiao".to_owned(), Value::from(settings.fapiao));
    fields.insert("fapiao_days".to_owned(), Value::from(settings.fapiao_days));
    Value::Object(fields)
}
