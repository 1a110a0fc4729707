//! The list of customers, and its download.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use super::{
    PATH,
    look_limit::{count_look, refused},
    masking, record_look, sees_contacts,
};
use crate::{
    accounts::{AdminRequest, StaffRequest},
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        exports::{Batch, Export},
        filtered_list::{FilteredList, ForwardLinks},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    customers::{self, CustomerListItem, CustomerPosition, CustomerSearch, CustomerSort},
    kernel::{Email, UserId, thousands},
    messages::Messages,
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    web::{self, Cell, Fields, PageError, PageResult, RateLimit, SheetFormat},
};

const LIST: FilteredList = FilteredList { path: PATH, filters: &["q", "sort"] };
/// The number of customers that one query of a download loads.
const BATCH_SIZE: i64 = 1_000;

#[derive(Template)]
#[template(path = "admin/customers/list.html")]
struct CustomersPage {
    page: AdminPage,
    query: Fields,
    sort: CustomerSort,
    customers: Vec<CustomerListItem>,
    links: ForwardLinks,
    is_admin: bool,
    zone: FixedOffset,
}

/// `GET /admin/customers`: the list of customers with their order counts and spend. Reads `q` (searched words), `sort`
/// and `after` from the query. Each request is recorded in the audit log, with the searched words if there are any.
pub async fn customers(staff: StaffRequest) -> PageResult {
    if let RateLimit::Wait(seconds) = count_look(&staff).await? {
        return refused(staff, seconds).await;
    }
    let query = staff.query();
    let search = search(&query);
    let (sort, is_first, is_admin) = (search.sort, search.after.is_none(), sees_contacts(&staff));
    let (audit, words) = (AuditContext::of(&staff), FilteredList::search_words(&query));
    let (badges, mut found) = staff
        .db
        .run(move |conn| {
            let words = Some(words.as_str()).filter(|words| !words.is_empty());
            db::transaction(conn, |conn| record_look(conn, &audit, (AuditAction::FindCustomers, ""), words))?;
            let found = customers::customers_matching(conn, &search, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, found))
        })
        .await?;
    let links = LIST.cut_forward(&mut found, &query, is_first, |last| format!("{}-{}", last.place, last.id));
    let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
    web::html(&CustomersPage { page, query, sort, customers: found, links, is_admin, zone })
}

/// `POST /admin/customers/exports`: downloads all customers that match the filters of the list as a spreadsheet file.
/// Only for admins.
pub async fn export(admin: AdminRequest, fields: Fields) -> PageResult {
    let format = SheetFormat::from_code(fields.get("format")).ok_or(PageError::NotFound)?;
    let (t, zone, audit) = (admin.page.t, admin.config.zone, AuditContext::of(&admin));
    let name = format!("customers-{}", clock::today(zone).format("%Y-%m-%d"));
    let after = json!({ "file": format!("{name}.{}", format.code()), "filter": LIST.address(&fields, &[]) });
    let recorded = admin.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let after = Diff::after(after.clone());
            Ok::<_, DbError>(audit.record(conn, AuditAction::ExportCustomers, "", after)?)
        })
    });
    recorded.await?;
    let head = vec![
        t.username(),
        t.email(),
        t.customers_since(),
        t.customers_orders(),
        t.customers_spend(),
        t.customers_last_order(),
    ];
    let start = CustomerSearch { after: None, ..search(&fields) };
    Export { name, format, head }.send(&admin.db, start, move |conn, search| rows(conn, search, zone))
}

fn rows(conn: &mut Connection, search: CustomerSearch, zone: FixedOffset) -> Result<Batch<CustomerSearch>, DbError> {
    let found = customers::customers_matching(conn, &search, BATCH_SIZE)?;
    let is_full = i64::try_from(found.len()) == Ok(BATCH_SIZE);
    let last = found.last().filter(|_| is_full).map(|last| CustomerPosition { value: last.place, id: last.id });
    let row = |customer: CustomerListItem| {
        vec![
            Cell::text(customer.username),
            Cell::text(Email::shown(&customer.email)),
            Cell::text(clock::minute(customer.created_at, zone)),
            Cell::Count(customer.orders),
            Cell::Amount(customer.spend.amount()),
            Cell::of(customer.last_order_at.map(|at| clock::minute(at, zone))),
        ]
    };
    let rows = found.into_iter().map(row).collect();
    Ok(Batch { rows, next: last.map(|last| CustomerSearch { after: Some(last), ..search }) })
}

fn search(query: &Fields) -> CustomerSearch {
    CustomerSearch {
        words: FilteredList::search_words(query).split_whitespace().map(str::to_owned).collect(),
        sort: CustomerSort::from_code(query.get("sort")).unwrap_or_default(),
        after: position(query.get("after")),
    }
}

/// The largest accepted value of a sorted column: more than any number of orders, any spend in fen, and any time in
/// microseconds since 1970 (UTC) in this century.
const MAX_POSITION: i64 = 9_000_000_000_000_000;

/// Parses `{value}-{id}`: the last customer of the page before, by the value in the sorted column and the id. `None` if
/// the text has another form.
fn position(typed: &str) -> Option<CustomerPosition> {
    let (value, id) = typed.split_once('-')?;
    let value = value.parse().ok().filter(|value| (0..=MAX_POSITION).contains(value))?;
    Some(CustomerPosition { value, id: id.parse().ok()? })
}

impl CustomersPage {
    fn sorts(&self) -> [CustomerSort; CustomerSort::ALL.len()] {
        CustomerSort::ALL
    }

    fn label(&self, sort: &CustomerSort) -> &'static str {
        sort.label(&self.page.t)
    }

    fn is_chosen(&self, sort: &CustomerSort) -> bool {
        self.sort == *sort
    }

    fn email(&self, customer: &CustomerListItem) -> String {
        let shown = Email::shown(&customer.email);
        if self.is_admin { shown } else { masking::email(&shown) }
    }

    fn words(&self) -> &'static str {
        let t: Messages = self.page.t;
        if self.is_admin { t.customers_words() } else { t.customers_words_masked() }
    }

    fn q(&self) -> String {
        FilteredList::search_words(&self.query)
    }

    fn count(&self, count: &i64) -> String {
        thousands(count)
    }

    fn path(&self, id: &UserId) -> String {
        format!("{PATH}/{id}")
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_that_is_none_is_the_beginning() {
        assert_eq!(position("500-7"), Some(CustomerPosition { value: 500, id: UserId(7) }));
        for typed in ["", "7", "-7", "1-", "x-1", "1-x", "-1-1", "9223372036854775806-1"] {
            assert_eq!(position(typed), None, "{typed}");
        }
    }
}
