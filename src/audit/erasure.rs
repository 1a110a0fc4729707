//! Erasure of what the audit log says about a person.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, Text},
};

use super::model::AuditAction;
use crate::{kernel::PersonTexts, platform::db::statement};

/// Keys of `before` and `after` whose values say nothing about a person: amounts, counts, numbers of parcels and
/// refunds, and codes. In an entry about an erased person, the values of all other keys are replaced by "-".
const KEPT_FIELDS: [&str; 26] = [
    "accepted",
    "amount",
    "applied",
    "carrier",
    "category_id",
    "closed",
    "difference",
    "failed",
    "freight",
    "jobs",
    "lines",
    "mode",
    "movement",
    "number",
    "once_more",
    "orders",
    "parcels",
    "payment",
    "price",
    "published",
    "refund",
    "review_status",
    "role",
    "stock",
    "units",
    "written_off",
];

/// The actions whose target is the username of an account.
const ON_ACCOUNTS: [AuditAction; 14] = [
    AuditAction::CreateCustomer,
    AuditAction::ViewCustomer,
    AuditAction::ExportCustomer,
    AuditAction::NoteCustomer,
    AuditAction::CloseCustomer,
    AuditAction::ReopenCustomer,
    AuditAction::AddStaff,
    AuditAction::ChangeRole,
    AuditAction::DisableStaff,
    AuditAction::EnableStaff,
    AuditAction::ResetPassword,
    AuditAction::TurnOnTwoFactor,
    AuditAction::TurnOffTwoFactor,
    AuditAction::ResetTwoFactor,
];

/// Which entries of the audit log are about a person.
#[derive(Clone, Debug, Default)]
pub struct EntriesToErase {
    /// Order, payment and refund numbers of the person. Entries with one of these targets are about the person, but
    /// keep their target.
    pub targets: Vec<String>,
    /// The ids of the person's questions. Entries about answering or closing a question are about the person if their
    /// target is one of these.
    pub questions: Vec<String>,
    /// The username, which is the target of entries about the account; `new_name` replaces it.
    pub name: String,
    pub new_name: String,
    /// Texts that name the person wherever they occur.
    pub texts: PersonTexts,
}

/// Replaces the texts that entries of the audit log have about a person by "-"; who did what and when stays. Returns
/// the number of entries changed. Must be called after [`allow`] in the same transaction. Its time grows with the number
/// of entries about the person, not with the log.
pub fn erase(conn: &mut PgConnection, about: EntriesToErase) -> QueryResult<usize> {
    let EntriesToErase { targets, questions, name, new_name, texts } = about;
    let PersonTexts { emails, phones, names, addresses, .. } = texts;
    let on_accounts = ON_ACCOUNTS.map(|action| action.code().to_owned()).to_vec();
    let kept = KEPT_FIELDS.map(str::to_owned).to_vec();
    EraseEntries { targets, questions, name, new_name, on_accounts, kept, emails, phones, names, addresses }
        .execute(conn)
}

/// Allows this transaction to erase texts in the append-only tables: the audit log and the stock movements. The
/// returned row count can be ignored.
pub fn allow(conn: &mut PgConnection) -> QueryResult<usize> {
    AllowErasing {}.execute(conn)
}

statement! {
    AllowErasing() -> () = "select set_config('till.erasing', 'on', true)"
}

statement! {
    /// In entries about searches and downloads by staff, the username or a recipient's name is enough to count as about
    /// the person; in all others the email address or a phone number must occur. Each part is found by an index: where
    /// texts are compared, by the keys of the entry (`audit_keys`), which say where to look.
    EraseEntries(
        targets: Vec<String> as Array<Text>, questions: Vec<String> as Array<Text>, name: String as Text,
        new_name: String as Text, on_accounts: Vec<String> as Array<Text>, kept: Vec<String> as Array<Text>,
        emails: Vec<String> as Array<Text>, phones: Vec<String> as Array<Text>, names: Vec<String> as Array<Text>,
        addresses: Vec<String> as Array<Text>
    ) -> () =
    "with asked as materialized (
        select " targets "::text[] as targets, " questions "::text[] as questions, " name "::text as name,
            " new_name "::text as new_name, " on_accounts "::text[] as on_accounts, " kept "::text[] as kept,
            p.emails, p.phones, " names "::text[] as names,
            array(select address_key(a) from unnest(" addresses "::text[]) as u (a)) as addresses,
            array(select mail_key(m) from unnest(p.emails) as u (m)) || p.phones as keys
        from (select " emails "::text[] as emails, " phones "::text[] as phones) p
     ),
     found as materialized (
        select a.id from asked join audit_log a on a.target = any(asked.targets)
        union
        select a.id from asked join audit_log a on a.target = asked.name where a.action = any(asked.on_accounts)
        union
        select a.id from asked join audit_log a on a.target = any(asked.questions)
        where a.action in ('answer_question', 'close_question')
        union
        select a.id
        from asked
        cross join lateral (
            select text from unnest(asked.names || lower(asked.name)) as u (text) where length(text) >= 2
        ) s
        join audit_log a on audit_keys(a.action, a.target, a.before, a.after) @> search_keys(s.text)
        where strpos(lower(case
            when a.action = 'find_customers' then a.after ->> 'filter'
            when a.action in ('export_customers', 'export_orders')
                then substring(a.after ->> 'filter' from '[?&]q=([^&]*)')
        end), s.text) > 0
        union
        select a.id
        from asked
        join audit_log a on address_key(coalesce(a.after, a.before) ->> 'address') = any(asked.addresses)
        where a.action in ('block_contact', 'unblock_contact')
        union
        select a.id
        from asked
        join audit_log a on audit_keys(a.action, a.target, a.before, a.after) && asked.keys
        where names_person(concat_ws(' ', a.target, a.before::text, a.after::text), asked.emails, asked.phones)
     )
     update audit_log a
     set target = case
            when a.target = asked.name and a.action = any(asked.on_accounts) then asked.new_name
            when a.target = any(asked.targets) then a.target
            when a.action in ('block_contact', 'unblock_contact') then '-'
            when names_person(a.target, asked.emails, asked.phones) then '-'
            else a.target
        end,
        before = (
            select jsonb_object_agg(f.key, case when f.key = any(asked.kept) then f.value else to_jsonb('-'::text) end)
            from jsonb_each(a.before) f
        ),
        after = (
            select jsonb_object_agg(f.key, case when f.key = any(asked.kept) then f.value else to_jsonb('-'::text) end)
            from jsonb_each(a.after) f
        )
     from asked
     where a.id = any(array(select id from found))"
}
