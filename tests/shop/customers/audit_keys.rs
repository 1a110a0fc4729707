//! The keys by which an erasure finds entries of the audit log without reading all of it.

use crate::support::TestShop;

/// Entries with a text in them: `said`, and each of a person's texts in many spellings between all kinds of neighbors.
const ENTRIES: &str = "person as (
        select array['mei.lin@tea.example', 'mei.lin%40tea.example', 'a@b.cn', 'a%40b.cn', '\"x@y\"@tea.example']
            as emails, array['13800138000', '8613800138000', '5550100'] as phones
    ), around (text) as (
        values (''), (' '), ('x'), ('7'), ('-'), ('('), ('@'), ('%40'), ('，'), ('a@b'), ('12 '), ('\"'), ('é')
    ), named as (
        select unnest(emails || phones) as text from person
        union values ('138 0013 8000'), ('138-0013-8000'), ('(138)00138000'), ('+86 138.0013.8000'), ('555-0100'),
            ('MEI.LIN@TEA.EXAMPLE'), ('mei.lin(at)tea.example'), ('1380013800')
    ), texts as (
        select b.text || n.text || a.text as said from around b, named n, around a
    ), entries as (
        select said, said as target, null::jsonb as before, null::jsonb as after from texts
        union all select said, '', jsonb_build_object('note', said), null from texts
        union all select said, '', null, jsonb_build_object('phone', '', 'note', said, 'price', 12) from texts
    )";

#[tokio::test]
async fn an_entry_that_names_a_person_has_one_of_their_keys() {
    let shop = TestShop::open().await;
    let count = |condition: &str| {
        shop.number(&format!(
            "with {ENTRIES}
             select count(*) from entries e, person p,
                lateral (select array(select mail_key(m) from unnest(p.emails) m) || p.phones as keys) k,
                lateral (select
                    names_person(concat_ws(' ', target, before::text, after::text), emails, phones) as is_named,
                    audit_keys('note_order', target, before, after) && keys as has_key) f
             where {condition}"
        ))
    };
    assert_eq!(count("is_named and not has_key"), 0);
    assert!(count("is_named") > 5_000 && count("not is_named and not has_key") > 500);
}

#[tokio::test]
async fn a_search_has_all_keys_of_what_was_searched_for() {
    let shop = TestShop::open().await;
    let searches = "(values ('find_customers', '张子涵'), ('find_customers', 'Mei Lin 138'),
        ('export_customers', '/admin/customers?q=%E5%BC%A0&sort=spend'), ('export_orders', '?status=all&q=mei+lin'),
        ('find_customers', 'm'), ('find_customers', '')) as s (action, filter)";
    let missed = shop.texts(&format!(
        "select s.filter || ': ' || part from {searches},
            lateral (select lower(case when action = 'find_customers' then filter
                else substring(filter from '[?&]q=([^&]*)') end) as searched) l,
            generate_series(1, length(searched)) begins, generate_series(2, length(searched)) size,
            lateral (select substr(searched, begins, size) as part) p
         where length(part) >= 2
            and not audit_keys(action, '', null, jsonb_build_object('filter', filter)) @> search_keys(part)"
    ));
    assert_eq!(missed, [""; 0]);
    assert_eq!(
        shop.texts(
            "select unnest(audit_keys('find_customers', '', null, jsonb_build_object('filter', '张子涵'))) order by 1"
        ),
        ["q子涵", "q张子"]
    );
    // Other entries have no keys of that kind, and most have none at all.
    assert_eq!(shop.text("select audit_keys('edit_sku', 'TEA-1', '{\"price\": 1}', '{\"price\": 2}')"), "{}");
}
