//! Staff accounts, managed by admins on their page and by operators on the command line.

use diesel::connection::SimpleConnection;
use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use crate::support::{Answer, PASSWORD, TestShop};

/// The row of the page for this user.
fn said_of(page: &Answer, name: &str) -> String {
    let rows = page.texts_of(".people-table tbody tr");
    rows.into_iter().find(|row| row.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {page}"))
}

#[tokio::test]
async fn an_admin_sees_who_comes_behind_the_counter_and_when_they_last_did() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    shop.make_staff("bo");
    shop.clerk("chen").await;
    shop.execute("update users set signed_in_at = '2026-01-02 03:04Z' where username = 'chen'");
    let lin = shop.boss("lin").await;
    let page = lin.page("/admin/people").await;
    assert_eq!(page.texts_of(".people-table tbody tr").len(), 3, "{page}");
    assert!(said_of(&page, "chen").contains("chen@example.com Staff no 2026-01-02 11:04"), "{page}");
    assert!(said_of(&page, "bo").contains("Never"), "{page}");
    assert!(said_of(&page, "lin You").contains("Admin no 20"), "{page}");
    assert!(page.has("nav a[href='/admin/people'][aria-current]"));
    // Sign-ins of shoppers are not recorded.
    shop.signed_in("mei").await;
    assert_eq!(shop.number("select count(*) from users where signed_in_at is not null"), 2);
    lin.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(said_of(&lin.page("/admin/people").await, "chen").contains("员工"));
}

#[tokio::test]
async fn what_waits_while_its_sender_is_sent_away_does_not_happen() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    let held = &mut shop.connect();
    held.batch_execute(&format!("begin; select from skus where id = {sku} for no key update")).unwrap();
    let path = format!("/admin/stock/{sku}/movements");
    let fields = [("delta", "-9"), ("reason", "damage")];
    let taking = chen.post(&path, &fields);
    let closing = async {
        shop.somebody_waits().await;
        let chen = shop.number("select id from users where username = 'chen'");
        lin.post(&format!("/admin/people/{chen}/closure"), &[]).await.expect(303);
        held.batch_execute("commit").unwrap();
    };
    let (answer, ()) = tokio::join!(taking, closing);
    assert_eq!(answer.status, 404, "{answer}");
    assert_eq!(shop.number("select stock from skus"), 9);
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_admin_closes_an_account_and_opens_it_again_and_no_old_session_comes_back_with_it() {
    let shop = TestShop::open().await;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    let page = lin.post_and_follow("/admin/people/1/closure", &[]).await;
    assert!(page.text_of(".flash-success").contains("chen"), "{page}");
    assert!(said_of(&page, "chen Closed").contains("Open again"), "{page}");
    chen.get("/admin/stock").await.expect(404);
    chen.get("/account").await.expect(303);
    shop.visitor().sign_in("chen", PASSWORD).await.expect(422);

    let page = lin.post_and_follow("/admin/people/1/closure", &[]).await;
    assert!(page.has(".flash-notice"), "closed already: {page}");
    lin.post_and_follow("/admin/people/1/reopening", &[]).await;
    chen.get("/account").await.expect(303);
    chen.sign_in("chen", PASSWORD).await.expect(303);
    chen.page("/admin/stock").await;
    let journal =
        shop.texts("select concat_ws(' ', action, target, before, after, ip_address) from audit_log order by id");
    assert_eq!(
        journal,
        [
            "disable_staff chen {\"role\": \"staff\", \"closed\": false} {\"role\": \"staff\", \"closed\": true} 127.0.0.1",
            "enable_staff chen {\"role\": \"staff\", \"closed\": true} {\"role\": \"staff\", \"closed\": false} 127.0.0.1",
        ]
    );
    let row = lin.page("/admin/audit-log").await.text_of("tbody tr");
    assert!(row.contains("lin Open an account again chen Closed yes → to no"), "{row}");
}

#[tokio::test]
async fn an_admin_makes_staff_admins_and_admins_staff() {
    let shop = TestShop::open().await;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    chen.get("/admin/people").await.expect(404);
    lin.post("/admin/people/1/role", &[("role", "admin")]).await.expect(303);
    chen.page("/admin/people").await;
    chen.post("/admin/people/2/role", &[("role", "staff")]).await.expect(303);
    lin.get("/admin/people").await.expect(404);
    lin.post("/admin/people/1/role", &[("role", "staff")]).await.expect(404);
    assert_eq!(shop.texts("select role from users order by id"), ["admin", "staff"]);
    let rows = chen.page("/admin/audit-log").await.texts_of("tbody tr");
    assert!(rows[0].contains("Change a role lin Role Admin → to Staff"), "{rows:?}");
}

#[tokio::test]
async fn nobody_changes_themselves_and_nothing_is_done_to_shoppers_or_to_nobody() {
    let shop = TestShop::open().await;
    let lin = shop.boss("lin").await;
    let mei = shop.make_user("mei");
    let before = shop.fingerprint();
    for (path, fields) in [("closure", vec![]), ("reopening", vec![]), ("role", vec![("role", "staff")])] {
        let refused = lin.post(&format!("/admin/people/1/{path}"), &fields).await.expect(422);
        assert!(refused.text_of(".flash-error").contains("yourself"), "{refused}");
        for nobody in [&mei.to_string(), "0", "99", "-1", "x", "99999999999999999999"] {
            lin.post(&format!("/admin/people/{nobody}/{path}"), &fields).await.expect(404);
        }
    }
    for role in ["shopper", "", "Admin", "root"] {
        let refused = lin.post("/admin/people/1/role", &[("role", role)]).await.expect(422);
        assert!(refused.has(".flash-error"), "{refused}");
    }
    assert_eq!(shop.fingerprint(), before);
}

#[tokio::test]
async fn of_admins_who_demote_each_other_at_once_one_remains() {
    let shop = TestShop::open().await;
    for round in 0..5 {
        shop.execute("truncate users cascade");
        let (one, other) = (format!("one{round}"), format!("other{round}"));
        let (lin, wu) = (shop.boss(&one).await, shop.boss(&other).await);
        let (lin_id, wu_id) = (shop.number("select min(id) from users"), shop.number("select max(id) from users"));
        let (of_wu, of_lin) = (format!("/admin/people/{wu_id}/role"), format!("/admin/people/{lin_id}/closure"));
        let answers = tokio::join!(lin.post(&of_wu, &[("role", "staff")]), wu.post(&of_lin, &[]));
        let mut statuses = [answers.0.status, answers.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404]);
        assert_eq!(shop.number("select count(*) from users where role = 'admin' and disabled_at is null"), 1);
    }
}

fn till_staff(shop: &TestShop, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
    command.arg("staff").args(arguments).env("DATABASE_URL", &shop.database.url).env_remove("REDIS_URL");
    let mut till = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    till.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    till.wait_with_output().unwrap()
}

#[tokio::test]
async fn an_operator_lets_people_in_and_out_on_the_command_line_and_the_journal_tells() {
    let shop = TestShop::open().await;
    let lin = shop.boss("lin").await;
    let done = |arguments: &[&str], input: &str| {
        let output = till_staff(&shop, arguments, input);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    done(&["add", "--username", "chen", "--email", "chen@shop.example", "--password-stdin"], "paper lantern\n");
    let chen = shop.visitor();
    chen.sign_in("chen", "paper lantern").await.expect(303);
    chen.page("/admin/stock").await;

    done(&["disable", "chen"], "");
    chen.get("/admin/stock").await.expect(404);
    assert!(done(&["list"], "").contains("closed"));
    assert!(done(&["disable", "chen"], "").contains("already"));
    done(&["enable", "CHEN@shop.example"], "");
    chen.get("/admin/stock").await.expect(404);
    assert!(done(&["enable", "chen"], "").contains("already"));

    let said = done(&["reset-password", "chen"], "");
    let password = said.split("Password: ").nth(1).unwrap().lines().next().unwrap();
    chen.sign_in("chen", "paper lantern").await.expect(422);
    chen.sign_in("chen", password).await.expect(303);
    chen.page("/admin/stock").await;

    for (arguments, problem) in [
        (&["add", "--username", "CHEN", "--email", "c@shop.example"][..], "taken"),
        (&["enable", "nobody"], "no member of staff is called nobody"),
        (&["disable", "nobody"], "no member of staff is called nobody"),
    ] {
        let output = till_staff(&shop, arguments, "");
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(problem), "{output:?}");
    }

    let journal = shop.texts(
        "select concat_ws(' ', action, target, staff_id is null, ip_address is null) from audit_log order by id",
    );
    assert_eq!(
        journal,
        ["add_staff chen t t", "disable_staff chen t t", "enable_staff chen t t", "reset_password chen t t"]
    );
    assert!(!shop.text("select string_agg(s::text, '') from audit_log s").contains(password));
    let rows = lin.page("/admin/audit-log?subject=chen").await.texts_of("tbody tr");
    assert!(rows[0].contains("Command line Give another password chen"), "{rows:?}");
    assert!(rows[3].contains("Add a member of staff chen Email chen@shop.example Role Staff"), "{rows:?}");
}
