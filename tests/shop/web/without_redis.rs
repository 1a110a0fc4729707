use crate::support::TestShop;

#[actix_web::test]
async fn without_redis_the_goods_can_still_be_looked_at_and_the_rest_says_it_is_busy() {
    let mut shop = TestShop::open().await;
    let spu = shop.make_spu("Teapot");
    let sku = shop.make_sku_of(spu, 5, "80.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;

    shop.redis.kill();

    let stranger = shop.visitor();
    for path in ["/", "/categories/things", "/search?q=teapot", &shop.product_path(spu), "/healthz"] {
        stranger.get(path).await.expect(200);
    }
    stranger.get("/readyz").await.expect(503);
    for answer in [mei.browser.get("/cart").await, mei.places(&form).await] {
        let answer = answer.expect(503);
        assert!(answer.has("a[href='/']"), "a way back: {answer}");
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(shop.number("select count(*) from orders"), 0);

    shop.redis.resume();
    // Redis came back empty: nobody is signed in, and every page works.
    assert_eq!(mei.browser.get("/orders").await.expect(303).location(), "/sign-in?next=%2Forders");
    mei.browser.get("/cart").await.expect(200);
}
