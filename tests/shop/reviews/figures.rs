//! The checks of reconciliation that compare the figures of products with their reviews.

use diesel::{
    Connection,
    connection::SimpleConnection,
    result::Error::{self, RollbackTransaction},
};
use till::orders::run_checks;

use super::Scene;

#[tokio::test]
async fn the_checks_of_reviews_tell_what_is_broken_and_name_the_row() {
    let scene = Scene::received().await;
    scene.writes(1, "5", "").await.expect(303);
    scene.writes(2, "2", "").await.expect(303);
    scene.shop.assert_reconciled();
    let broken = [
        ("review-figures", "update review_figures set star_sum = star_sum + 1", ("shirt", "2 / 8 / 0", "2 / 7 / 0")),
        ("review-figures", "update reviews set stars = 1 where id = 1", ("shirt", "2 / 7 / 0", "2 / 3 / 0")),
        (
            "review-figures",
            "update reviews set status = 'hidden', hidden_reason = 'x'",
            ("shirt", "2 / 7 / 0", "0 / 0 / 0"),
        ),
        ("review-figures", "delete from review_figures", ("shirt", "0 / 0 / 0", "2 / 7 / 0")),
        ("review-figures", "update reviews set picture_count = 1 where id = 1", ("shirt", "2 / 7 / 0", "2 / 7 / 1")),
        ("review-orders", "update reviews set picture_count = 1 where id = 1", ("1", "1 / 2 / 1 / 1", "1 / 2 / 1 / 0")),
        ("review-orders", "update reviews set user_id = 1 where id = 2", ("2", "1 / 1 / 1 / 0", "1 / 2 / 1 / 0")),
        ("review-orders", "update reviews set spu_id = 2 where id = 2", ("2", "1 / 2 / 2 / 0", "1 / 2 / 1 / 0")),
        (
            "review-orders",
            "update orders set received_at = null",
            ("1", "1 / 2 / 1 / 0", "1 / 2 / 1 / 0 / not received"),
        ),
    ];
    for (check, break_it, row) in broken {
        let mut found = Vec::new();
        let undone: Result<(), Error> = scene.shop.connect().transaction(|conn| {
            conn.batch_execute(break_it)?;
            found = run_checks(conn, 100)?;
            Err(RollbackTransaction)
        });
        assert!(matches!(undone, Err(RollbackTransaction)), "{break_it}: {undone:?}");
        let result = found.iter().find(|result| result.check.name == check).unwrap();
        let rows: Vec<_> = result.mismatches.iter().map(|m| (&*m.key, &*m.actual, &*m.expected)).collect();
        assert!(rows.contains(&row), "{check} after {break_it}: {rows:?}");
    }
    scene.shop.assert_reconciled();
}
