//! What the tables of questions refuse.

use super::Scene;

#[tokio::test]
async fn the_tables_hold_what_a_question_is() {
    let scene = Scene::open().await;
    let user = scene.mei.id;
    scene.asks("Where?").await;
    let question = |columns: &str, values: &str| {
        format!("insert into questions (language, token, {columns}) values ('en', repeat('f', 64), {values})")
    };
    let message = |columns: &str, values: &str| {
        format!("insert into question_messages (question_id, token, {columns}) values (1, repeat('f', 64), {values})")
    };
    let refused = [
        question("user_id, email, proved_at", &format!("{user}, 'a@b.cn', now()")),
        question("proved_at", "now()"),
        question("user_id", &user.to_string()),
        question("email, status", "'a@b.cn', 'answered'"),
        question("user_id, proved_at, guest_name", &format!("{user}, now(), 'Mei'")),
        "insert into questions (language, email, token) select 'en', 'a@b.cn', token from questions".to_owned(),
        message("author, words", "'shopper', ''"),
        message("author, words", "'shopper', repeat('x', 2001)"),
        message("author, words", "'staff', 'x'"),
        message("author, words, staff_id", &format!("'shopper', 'x', {user}")),
        message("author, words, staff_id, begins_waiting", &format!("'staff', 'x', {user}, true")),
        "insert into question_messages (question_id, author, words, token)
         select question_id, author, words, token from question_messages"
            .to_owned(),
        "insert into question_pictures values (1, 6, '')".to_owned(),
        "insert into question_mails (question_id, kind) values (1, 'other')".to_owned(),
        "insert into question_mails (question_id, kind, sent_at) values (1, 'proof', now())".to_owned(),
    ];
    for statement in refused {
        let written = diesel::RunQueryDsl::execute(diesel::sql_query(&statement), &mut scene.shop.connect());
        assert!(written.is_err(), "{statement}");
    }
    scene.shop.execute(&question("email", "'a@b.cn'"));
    scene.shop.execute(&message("author, words, staff_id", &format!("'staff', 'x', {user}")));
}
