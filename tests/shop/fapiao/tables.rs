//! What the tables refuse, and what is erased of a shopper.

use chrono::Utc;
use till::{fapiao, kernel::UserId};

use super::{NUMBER, PDF, Scene, TAXPAYER, special};

#[tokio::test]
async fn the_tables_hold_what_a_request_is() {
    let scene = Scene::open().await;
    let order = scene.order;
    let request = |columns: &str, values: &str| {
        format!(
            "insert into fapiao_requests (order_id, kind, title_kind, title, email{columns})
             values ({order}, 'ordinary', 'person', 'Mei', 'a@b.cn'{values})"
        )
    };
    let changed = |changes: &str| format!("update fapiao_requests set {changes}");
    scene.shop().execute(&request("", ""));
    let refused = [
        request("", ""),
        changed("title = ''"),
        changed("kind = 'special'"),
        changed("title_kind = 'company'"),
        changed(&format!("taxpayer_number = '{TAXPAYER}'")),
        changed("title_kind = 'company', taxpayer_number = 'x'"),
        changed("title_kind = 'company', bank_account = 'x1234'"),
        changed("status = 'issued'"),
        changed("status = 'refused'"),
        changed("status = 'withdrawn', issued_at = now(), amount = 1"),
        changed("refusal = 'No'"),
        changed("status = 'reversed', issued_at = now(), amount = 1"),
        changed("status = 'other'"),
        changed("amount = 0, issued_at = now(), status = 'issued'"),
        "insert into fapiao_numbers values ('1234567', 1, 'fapiao')".to_owned(),
        "insert into fapiao_files values (1, 'fapiao', 'pdf', '')".to_owned(),
        "insert into fapiao_files values (1, 'fapiao', 'exe', 'x')".to_owned(),
    ];
    for statement in refused {
        let written = diesel::RunQueryDsl::execute(diesel::sql_query(&statement), &mut scene.shop().connect());
        assert!(written.is_err(), "{statement}");
    }
    scene.shop().execute(&changed("status = 'issued', issued_at = now(), amount = 1"));
}

#[tokio::test]
async fn what_names_a_shopper_is_erased_at_once_or_when_the_law_allows_it() {
    let scene = Scene::open().await;
    let shop = scene.shop();
    scene.mei.post(&scene.path, &special(TAXPAYER)).await.expect(303);
    let path = scene.newest();
    scene.clerk.post(&format!("{path}/refusal"), &[("seen", "1"), ("refusal", "Ask Mei Lin")]).await.expect(303);
    scene.mei.post(&scene.path, &special(TAXPAYER)).await.expect(303);
    scene.issues(&scene.newest(), NUMBER, PDF).await.expect(303);
    let user = UserId(shop.number("select id from users where username = 'mei'"));
    let erase = || shop.with(|conn| fapiao::erase_requests(conn, user, Utc::now()));
    let named = "select count(*) from fapiao_requests
         where concat(title, taxpayer_number, address, phone, bank, bank_account, email, refusal) <> ''";
    assert_eq!((erase(), shop.number(named)), (1, 1), "the law wants the issued one kept");
    assert_eq!(erase(), 0);
    shop.execute(
        "update fapiao_requests set issued_at = now() - interval '10 years 1 day' where issued_at is not null",
    );
    assert_eq!((erase(), shop.number(named)), (1, 0));
    assert_eq!(shop.number("select count(*) from fapiao_files"), 0);
    assert_eq!(shop.texts("select number from fapiao_numbers"), [NUMBER]);
    scene.mei.page(&scene.path).await;
    scene.clerk.page("/admin/fapiao?show=issued").await;
}
