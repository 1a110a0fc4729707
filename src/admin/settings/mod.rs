//! `/admin/settings`: admins change the settings of the shop.

use askama::Template;
use serde_json::{Map, Value};

use crate::{
    accounts::AdminRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        differences::{Difference, differing},
    },
    audit::AuditAction,
    kernel::Language,
    platform::db::{self, DbError},
    store::{self, NewSettings, Settings, SettingsCache},
    web::{self, Fields, Flash, Form, PageError, PageResult, app_data},
};

const SETTINGS: &str = "/admin/settings";

#[derive(Template)]
#[template(path = "admin/settings/settings.html")]
struct SettingsPage {
    page: AdminPage,
    form: Form,
    /// What somebody else has changed since the form was loaded; `None` if nobody has.
    differences: Option<Vec<Difference>>,
}

/// `GET /admin/settings`: the form with the settings of the shop.
pub async fn settings(admin: AdminRequest) -> PageResult {
    let stored = stored(&admin).await?;
    web::html(&SettingsPage::load(admin, stored.form()).await?)
}

/// `POST /admin/settings`: saves all settings. If somebody else has changed them since the form was loaded, shows the
/// differences and saves nothing.
pub async fn save(admin: AdminRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (admin.page.t, Form::from(fields));
    let Some(new) = NewSettings::read(&mut form, admin.page.main_language, t) else {
        return web::unprocessable(&SettingsPage::load(admin.at(SETTINGS), form).await?);
    };
    let seen: i64 = form.value("version").parse().unwrap_or(0);
    let audit = AuditContext::of(&admin);
    let saved = admin.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let saved = store::save(conn, &new, seen)?;
            if let Some((before, after)) = &saved
                && before.version != after.version
            {
                let diff = Diff::new(audited_fields(before, after), audited_fields(after, before));
                audit.record(conn, AuditAction::SaveSettings, "", diff)?;
            }
            Ok::<_, DbError>(saved)
        })
    });
    let Some((before, after)) = saved.await? else {
        let stored = stored(&admin).await?;
        let mut again = SettingsPage::load(admin.at(SETTINGS), form).await?;
        let theirs = stored.form();
        let names = theirs.fields().pairs().filter_map(|(field, _)| Some((field, t.settings_label(field)?)));
        let names: Vec<_> = names.collect();
        again.differences = Some(differing(&names, (&again.form, &theirs), |_, value| value.to_owned()));
        again.form.set("version", stored.version.to_string());
        return web::unprocessable(&again);
    };
    app_data::<SettingsCache>(&admin.http)?.refresh(&admin.db).await?;
    let flash = if before.version == after.version {
        Flash::notice(t.settings_unchanged())
    } else {
        Flash::success(t.settings_saved())
    };
    Ok(flash.see_other(SETTINGS, &admin.config))
}

async fn stored(admin: &AdminRequest) -> Result<Settings, PageError> {
    let first = admin.config.first_settings.clone();
    Ok(admin.db.run(move |conn| Ok::<_, DbError>(store::settings_or_first(conn, &first)?)).await?)
}

/// Returns those fields of `values` that differ from `others`, with their values in `values`, as a JSON object.
fn audited_fields(values: &Settings, others: &Settings) -> Value {
    let (values, others) = (values.form(), others.form());
    let pairs = values.fields().pairs().filter(|(field, value)| *field != "version" && others.value(field) != *value);
    Value::Object(pairs.map(|(field, value)| (field.to_owned(), Value::from(value))).collect::<Map<_, _>>())
}

impl SettingsPage {
    async fn load(admin: AdminRequest, form: Form) -> Result<Self, PageError> {
        let page = AdminPage::load(admin.page, &admin.db).await?;
        Ok(Self { page, form, differences: None })
    }

    /// Returns the hint at the field of the shop's name in this language. In the shop's main language the name is
    /// required, so there is no hint that it may be empty.
    fn name_hint(&self, language: Language) -> &'static str {
        if language == self.page.main_language { "" } else { self.page.t.settings_name_hint() }
    }
}
