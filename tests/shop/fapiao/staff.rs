//! What staff issue, refuse and reverse.

use super::{NUMBER, PDF, Scene, TAXPAYER, person, send_issued, special, upload};
use crate::order_mails::{scheduled, sent, worked};

#[tokio::test]
async fn staff_issue_a_fapiao_and_its_shopper_is_told_and_downloads_it() {
    let scene = Scene::open().await;
    let shop = scene.shop();
    scene.mei.post(&scene.path, &special(TAXPAYER)).await.expect(303);
    let path = scene.newest();
    let list = scene.clerk.page("/admin/fapiao").await;
    assert!(list.has(&format!("a[href='{path}']")) && list.body.contains("0 minutes"), "{list}");
    assert!(list.text_of("details a[href='/admin/fapiao']").contains('1'), "the badge");
    let dashboard = scene.clerk.page("/admin").await;
    assert!(dashboard.text_of("a.task[href='/admin/fapiao']").contains("waited for"), "{dashboard}");

    scene.issues(&path, &format!("{NUMBER} 12345678"), PDF).await.expect(303);
    assert_eq!(
        shop.text("select concat_ws('|', status, amount, issued_at is not null) from fapiao_requests"),
        "issued|109.99|t"
    );
    assert_eq!(shop.texts("select number from fapiao_numbers order by 1"), ["12345678", NUMBER]);
    let entry = "select action || target || (after ->> 'number') from audit_log where action = 'issue_fapiao'";
    let number = shop.text("select number from orders");
    assert_eq!(shop.text(entry), format!("issue_fapiao{number}{NUMBER}, 12345678"));

    let page = scene.mei.page(&scene.path).await;
    assert!(page.body.contains(NUMBER), "{page}");
    let link = page.attribute_of("a[download]", "href");
    let files = [(&scene.mei, link), (&scene.clerk, format!("{path}/fapiao"))];
    for (browser, address) in &files {
        let file = browser.get(address).await.expect(200);
        assert_eq!(file.header("content-type"), "application/pdf");
        assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"fapiao-{number}.pdf\""));
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert_eq!(file.header("cache-control"), "no-store");
        assert!(file.body.starts_with("%PDF"), "{file}");
    }

    scheduled(shop);
    worked(shop).await;
    let mail = sent(shop).await.pop().unwrap();
    assert!(mail.to.contains("tax@tea.example"), "{}", mail.to);
    assert!(mail.subject.contains("Your fapiao is issued"), "{}", mail.subject);
    assert!(mail.text.contains(&scene.path) && mail.text.contains(NUMBER), "{}", mail.text);
    let history = scene.clerk.page(&format!("/admin/orders/{number}")).await;
    assert!(history.text_of(".order-history").contains("Fapiao issued"), "{history}");
    assert!(!scene.clerk.page("/admin").await.text_of("a.task[href='/admin/fapiao']").contains("waited"));
}

#[tokio::test]
async fn a_file_that_is_no_fapiao_is_refused_and_the_number_stays_typed() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    let large = [PDF, &vec![b'0'; 2 * 1024 * 1024]].concat();
    let zip = b"PK\x03\x04 OFD.xml PK\x05\x06".as_slice();
    for file in [b"<html><script>alert(1)</script>".as_slice(), b"", zip, b"MZ\x90\x00", &large] {
        let refused = scene.issues(&path, NUMBER, file).await.expect(422);
        assert_eq!(refused.attribute_of("#numbers", "value"), NUMBER);
        assert!(refused.has("#file-error"), "{refused}");
    }
    let [seen, amount] = scene.shown(&scene.clerk, &path).await;
    let fields = [("numbers", NUMBER), ("seen", seen.as_str()), ("amount", amount.as_str())];
    let missing = upload(&scene.clerk, &format!("{path}/issuing"), &fields, None).await.expect(422);
    assert!(missing.has("#file-error"), "{missing}");
    let wrong = scene.issues(&path, "=1+2", PDF).await.expect(422);
    assert_eq!(wrong.attribute_of("#numbers", "value"), "=1+2");
    for (name, value) in [("seen", "x"), ("amount", "-1")] {
        let fields = fields.map(|(field, typed)| (field, if field == name { value } else { typed }));
        upload(&scene.clerk, &format!("{path}/issuing"), &fields, Some(PDF)).await.expect(400);
    }
    assert_eq!(scene.shop().number("select count(*) from fapiao_files"), 0);
    assert_eq!(scene.status(), "requested");
    assert_eq!(scene.shop().number("select count(*) from audit_log where action like '%fapiao'"), 0);
}

#[tokio::test]
async fn of_two_members_of_staff_who_issue_at_once_one_wins_and_the_other_is_told() {
    let scene = Scene::open().await;
    let other = scene.shop().clerk("wang").await;
    let path = scene.asks().await;
    let seen = scene.shown(&scene.clerk, &path).await;
    let (first, second) = tokio::join!(
        send_issued(&scene.clerk, &path, &seen, ("11111111111111111111", PDF)),
        send_issued(&other, &path, &seen, ("22222222222222222222", PDF)),
    );
    first.expect(303);
    second.expect(303);
    let mut told = 0;
    for staff in [&scene.clerk, &other] {
        told += usize::from(staff.page(&path).await.text_of("#flash").contains("Somebody else was faster"));
    }
    assert_eq!(told, 1);
    assert_eq!(scene.shop().number("select count(*) from fapiao_numbers"), 1);
    assert_eq!(scene.shop().number("select count(*) from audit_log where action = 'issue_fapiao'"), 1);
    assert_eq!(scene.shop().number("select count(*) from order_events where event = 'fapiao_issued'"), 1);
    let refused = other.post_and_follow(&format!("{path}/refusal"), &[("seen", "1"), ("refusal", "No")]).await;
    assert!(refused.text_of("#flash").contains("The request is now: Issued"), "{refused}");
}

#[tokio::test]
async fn what_has_changed_since_staff_looked_is_looked_at_again() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    let seen = scene.shown(&scene.clerk, &path).await;
    scene.mei.post(&scene.path, &person("Lin Mei")).await.expect(303);
    send_issued(&scene.clerk, &path, &seen, (NUMBER, PDF)).await.expect(303);
    let page = scene.clerk.page(&path).await;
    assert!(page.text_of("#flash").contains("changed the request") && page.body.contains("Lin Mei"), "{page}");
    scene.clerk.post(&format!("{path}/refusal"), &[("seen", &seen[0]), ("refusal", "No")]).await.expect(303);
    assert_eq!(scene.status(), "requested");

    let seen = scene.shown(&scene.clerk, &path).await;
    scene.refund("9.99");
    send_issued(&scene.clerk, &path, &seen, (NUMBER, PDF)).await.expect(303);
    assert_eq!(scene.status(), "requested");
    scene.issues(&path, NUMBER, PDF).await.expect(303);
    assert_eq!(scene.shop().text("select status || amount from fapiao_requests"), "issued100.00");
}

#[tokio::test]
async fn a_refused_request_says_why_and_can_be_made_again() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    let empty = scene.clerk.post(&format!("{path}/refusal"), &[("seen", "1"), ("refusal", " ")]).await.expect(422);
    assert!(empty.has("#refusal-error"), "{empty}");
    let words = "The name is <not> a person.";
    scene.clerk.post(&format!("{path}/refusal"), &[("seen", "1"), ("refusal", words)]).await.expect(303);
    let page = scene.mei.page(&scene.path).await;
    assert!(page.text_of(".notice").contains(words) && page.has("form.fapiao-form"), "{page}");
    scene.shop().execute("update orders set language = 'zh'");
    scheduled(scene.shop());
    worked(scene.shop()).await;
    let mail = sent(scene.shop()).await.pop().unwrap();
    assert!(mail.subject.contains("开票申请未通过") && mail.text.contains(words), "{} {}", mail.subject, mail.text);
    assert_eq!(scene.shop().number("select count(*) from audit_log where action = 'refuse_fapiao'"), 1);

    let again = scene.asks().await;
    assert_ne!(again, path);
    assert_eq!(scene.shop().texts("select status from fapiao_requests order by id"), ["refused", "requested"]);
    assert!(scene.mei.page(&scene.path).await.body.contains("Earlier requests"));
}

#[tokio::test]
async fn a_refund_after_issuing_makes_staff_reverse_it_and_the_shopper_can_ask_for_the_rest() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    scene.issues(&path, NUMBER, PDF).await.expect(303);
    assert!(
        scene
            .clerk
            .post_and_follow(&format!("{path}/refusal"), &[("seen", "1"), ("refusal", "No")])
            .await
            .text_of("#flash")
            .contains("Issued")
    );
    scene.refund("9.99");
    assert_eq!(scene.status(), "to_reverse");
    assert!(scene.clerk.page("/admin/fapiao").await.has(&format!("a[href='{path}']")));
    assert!(scene.clerk.page("/admin").await.text_of("a.task[href='/admin/fapiao']").contains("waited"));
    let page = scene.clerk.page(&path).await;
    assert!(page.body.contains("¥109.99") && page.body.contains("¥100.00"), "{page}");

    let reversal = format!("{path}/reversal");
    let taken = upload(&scene.clerk, &reversal, &[("numbers", NUMBER)], None).await.expect(422);
    assert!(taken.text_of("#numbers-error").contains("recorded before"), "{taken}");
    assert_eq!(scene.status(), "to_reverse");
    upload(&scene.clerk, &reversal, &[("numbers", "25312000000087654321")], Some(PDF)).await.expect(303);
    let late = upload(&scene.clerk, &reversal, &[("numbers", "25312000000087654322")], None).await;
    late.expect(303);
    assert!(scene.clerk.page(&path).await.text_of("#flash").contains("Reversed"));
    assert_eq!(scene.shop().number("select count(*) from fapiao_numbers"), 2);
    assert_eq!(scene.shop().number("select count(*) from audit_log where action = 'reverse_fapiao'"), 1);

    scene.shop().execute("update orders set language = 'zh'");
    for _ in 0..2 {
        scheduled(scene.shop());
        worked(scene.shop()).await;
    }
    let mails = sent(scene.shop()).await;
    let told: Vec<_> = mails.iter().filter(|mail| mail.subject.contains("您的发票已冲红")).collect();
    assert_eq!(told.len(), 1, "it is sent once");
    for words in [NUMBER, "25312000000087654321", "剩余 ¥100.00 可重新申请开票", &scene.path] {
        assert!(told[0].text.contains(words), "{words}: {}", told[0].text);
    }
    assert!(told[0].to.contains("mei@example.com"), "{}", told[0].to);

    let own = scene.mei.page(&scene.path).await;
    assert!(own.body.contains("25312000000087654321") && own.has("form.fapiao-form"), "{own}");
    assert_eq!(own.attributes_of("a[download]", "href").len(), 2);
    let next = scene.asks().await;
    assert_eq!(scene.shown(&scene.clerk, &next).await[1], "100.00");
    let taken = scene.issues(&next, NUMBER, PDF).await.expect(422);
    assert!(taken.has("#numbers-error"), "a number is given once: {taken}");
    assert_eq!(scene.status(), "requested", "all of it is rolled back");
    assert_eq!(scene.shop().number("select count(*) from fapiao_files"), 2);
}

#[tokio::test]
async fn a_refund_before_issuing_leaves_nothing_to_reverse() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    scene.refund("9.99");
    scene.issues(&path, NUMBER, PDF).await.expect(303);
    assert_eq!(scene.status(), "issued");
    scene.refund("100.00");
    assert_eq!(scene.status(), "to_reverse");

    let other = Scene::open().await;
    let path = other.asks().await;
    other.refund("109.99");
    let page = other.clerk.page(&path).await;
    assert!(!page.has("form[action$='/issuing']") && page.has("form[action$='/refusal']"), "{page}");
}

#[tokio::test]
async fn the_list_shows_what_waits_longest_first_and_goes_on_by_cursor() {
    let scene = Scene::open().await;
    let orders = scene.paper.paid_orders(60, "2026-11-02 10:00:00+08");
    let ids = orders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    scene.shop().execute(&format!(
        "insert into fapiao_requests (order_id, kind, title_kind, title, email, status_since)
         select id, 'ordinary', 'person', 'Title ' || id, 'a@b.cn', timestamptz '2026-11-20' + (id / 3) * interval '1 s'
         from orders where id in ({ids})"
    ));
    let expected = scene.shop().texts("select '/admin/fapiao/' || id from fapiao_requests order by status_since, id");
    let first = scene.clerk.page("/admin/fapiao").await;
    let next = first.attribute_of(".pager a[rel=next]", "href");
    let second = scene.clerk.page(&next).await;
    let links = |page: &crate::support::Answer| page.attributes_of("tbody th a", "href");
    assert_eq!([links(&first), links(&second)].concat(), expected);
    assert_eq!((links(&first).len(), second.has(".pager a[rel=next]")), (50, false));
    assert!(scene.clerk.page("/admin/fapiao?show=issued").await.body.contains("No requests"));
    assert!(scene.clerk.page("/admin/fapiao?show=requested&after=x").await.has("tbody th a"));
    scene
        .shop()
        .execute("update fapiao_requests set status = 'refused', refusal = 'No', status_since = now() where id <= 3");
    let refused = scene.clerk.page("/admin/fapiao?show=refused").await;
    assert_eq!(links(&refused), ["/admin/fapiao/3", "/admin/fapiao/2", "/admin/fapiao/1"]);
}
