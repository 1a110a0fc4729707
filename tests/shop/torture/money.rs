//! Whether the ledgers of cashier and shop agree, and every yuan is where it belongs.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Cashier, Database};

/// What the cashier has taken and given back.
pub struct Ledger {
    /// The paid trades by the numbers of their attempts.
    pub paid: BTreeMap<String, String>,
    lines: BTreeSet<String>,
}

pub async fn ledger_of(cashier: &Cashier) -> Ledger {
    let state = cashier.state().await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut ledger = Ledger { paid: BTreeMap::new(), lines: BTreeSet::new() };
    for trade in state["trades"].as_array().unwrap() {
        let refunds = trade["refunds"].as_array().unwrap();
        // A trade that is closed was refunded completely, or never paid.
        if text(&trade["trade_status"]) != "TRADE_SUCCESS" && refunds.is_empty() {
            continue;
        }
        let (number, trade_no) = (text(&trade["out_trade_no"]), text(&trade["trade_no"]));
        ledger.lines.insert(format!("{number} was paid {} by trade {trade_no}", text(&trade["total_amount"])));
        for refund in refunds {
            let (refund, amount) = (text(&refund["out_request_no"]), text(&refund["amount"]));
            ledger.lines.insert(format!("{amount} of {number} went back by refund {refund}"));
        }
        ledger.paid.insert(number, trade_no);
    }
    ledger
}

/// The same lines as the shop has them.
const LINES: &str = "
    select number || ' was paid ' || amount || ' by trade ' || trade_no
    from payments where pay_method = 'alipay' and status = 'paid'
    union all
    select r.amount || ' of ' || p.number || ' went back by refund ' || r.number
    from refunds r join payments p on p.id = r.payment_id where r.status = 'done'";

/// What must be empty at the end.
const WRONG: [(&str, &str); 6] = [
    ("attempts are still open", "select number from payments where status = 'open'"),
    (
        "refunds are not done",
        "select concat_ws(' ', number, status, attempts, last_error) from refunds where status <> 'done'",
    ),
    ("attempts wait for a person", "select number || ': ' || strange from payments where strange is not null"),
    ("orders still wait to be paid", "select number from orders where status = 'unpaid'"),
    (
        "orders are paid twice",
        "select o.number from orders o join payments p on p.order_id = o.id where p.counts
         group by o.number having count(*) > 1",
    ),
    (
        "orders keep another amount than they may",
        "select concat_ws(' ', o.number, o.status, 'keeps', kept, 'may keep', may_keep)
         from (
            select o.number, o.status, coalesce(sum(p.amount - coalesce(r.amount, 0)), 0) as kept,
                case
                    when o.status in ('canceled', 'refunded') then 0
                    else o.total_amount - coalesce(sum(coalesce(r.amount, 0)) filter (where p.counts), 0)
                end as may_keep
            from orders o
            left join payments p on p.order_id = o.id and p.status = 'paid'
            left join (
                select payment_id, sum(amount) as amount from refunds where status = 'done' group by payment_id
            ) r on r.payment_id = p.id
            where o.pay_method = 'alipay'
            group by o.id
         ) o
         where kept <> may_keep",
    ),
];

/// Everything that disagrees, in words.
pub fn differences(database: &Database, ledger: &Ledger) -> Vec<String> {
    let mut wrong = Vec::new();
    for (what, query) in WRONG {
        let found = database.texts(query);
        if !found.is_empty() {
            wrong.push(format!("{} {what}: {}", found.len(), shown(found.iter())));
        }
    }
    let ours: BTreeSet<String> = database.texts(LINES).into_iter().collect();
    let (only_theirs, only_ours) = (ledger.lines.difference(&ours), ours.difference(&ledger.lines));
    for (whose, lines) in [("the cashier", only_theirs), ("the shop", only_ours)] {
        let count = lines.clone().count();
        if count > 0 {
            wrong.push(format!("{count} lines only in the ledger of {whose}: {}", shown(lines)));
        }
    }
    wrong
}

fn shown<'a>(rows: impl Iterator<Item = &'a String>) -> String {
    rows.take(5).map(String::as_str).collect::<Vec<_>>().join("; ")
}

/// What became of the payments of the orders after this one.
pub fn summary(database: &Database, last_order: i64) -> String {
    database.text(&format!(
        "select concat(
            count(*) filter (where p.status = 'paid'), ' paid, ',
            count(*) filter (where p.status = 'paid' and not p.counts), ' of them went back, ',
            count(*) filter (where p.counts and e.id is not null), ' revived orders, ',
            (select count(*) from refunds r join payments p on p.id = r.payment_id where p.order_id > {last_order}), ' refunds, ',
            (select count(*) from payment_notifications n join payments p on p.id = n.payment_id
             where p.order_id > {last_order}), ' notifications')
         from payments p left join order_events e on e.order_id = p.order_id and e.event = 'revived'
         where p.order_id > {last_order}"
    ))
}
