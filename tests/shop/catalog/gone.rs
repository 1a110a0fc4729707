//! Products that are no longer sold, and pages of single pictures.

use crate::support::TestShop;

#[tokio::test]
async fn a_draft_has_no_page_before_it_was_published_and_keeps_one_after() {
    let shop = TestShop::open().await;
    let teapots = shop.make_category("Teapots", None);
    let (iron, clay) = (shop.make_category("Iron", Some(teapots)), shop.make_category("Clay", Some(teapots)));
    let [draft, near, cousin] = [("iron", "Draft"), ("iron", "Near"), ("clay", "Cousin")].map(|(category, name)| {
        let spu = shop.make_spu_in(category, name);
        shop.make_sku_of(spu, 1, "9.00");
        spu
    });
    shop.execute(&format!("update spus set sales = 5 where id = {cousin}"));
    let other = shop.make_spu("Elsewhere");
    shop.make_sku_of(other, 1, "9.00");
    assert!(iron != clay && near != other);
    shop.execute(&format!("update spus set published = false, was_published = false where id = {draft}"));
    let visitor = shop.visitor();
    let path = format!("/products/{draft}");
    visitor.get(&path).await.expect(404);
    visitor.get(&format!("{path}/pictures/1")).await.expect(404);

    shop.execute(&format!("update spus set published = true where id = {draft}"));
    assert!(!visitor.page(&path).await.text_of("main").contains("No longer sold"));
    shop.execute(&format!("update spus set published = false where id = {draft}"));

    let page = visitor.get(&path).await.expect(410);
    assert!(page.text_of("main").contains("No longer sold"), "{page}");
    assert_eq!(page.texts_of(".card-name"), ["Near", "Cousin"], "of its own category first");
    assert!(!page.body.contains("never here"));
    assert!(!visitor.get("/sitemaps/products-1.xml").await.body.contains(&format!("products/{draft}-")));
    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(visitor.get(&path).await.expect(410).text_of("main").contains("已下架"));
    visitor.get("/products/987654").await.expect(404);
}

#[tokio::test]
async fn a_large_picture_is_a_page_of_the_shop_with_a_way_back() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let spu = shop.spu_of(sku);
    for (file, place) in [("uploaded/00000000000000000000000000000001.jpg", 0), ("teapot.svg", 1)] {
        shop.execute(&format!("insert into images (spu_id, file, position) values ({spu}, '{file}', {place})"));
    }
    let visitor = shop.visitor();
    let product = visitor.page(&format!("/products/{spu}")).await;
    let zoom = product.attribute_of("a.zoom", "href");
    assert_eq!(zoom, format!("/products/{spu}/pictures/1?sku={sku}"));
    for to in product.attributes_of("[data-zoom]", "data-zoom") {
        assert!(to.starts_with(&format!("/products/{spu}/pictures/")), "{to}");
    }

    let page = visitor.page(&zoom).await;

    assert!(page.attribute_of(".large-picture img", "src").starts_with("/pictures/"), "{page}");
    let back = format!("{}?sku={sku}&image=0", shop.product_path(spu));
    assert_eq!(page.attribute_of(".large-picture-back", "href"), back);
    visitor.page(&back).await;
    let next = page.attribute_of("a[rel=next]", "href");
    assert!(!visitor.page(&next).await.has("a[rel=next]"));
    for nowhere in ["0", "3", "x", "-1", "99999999999999999999"] {
        visitor.get(&format!("/products/{spu}/pictures/{nowhere}")).await.expect(404);
    }
    shop.execute("update spus set published = false");
    let answer = visitor.get(&zoom).await.expect(303);
    assert_eq!(answer.location(), format!("/products/{spu}"));
}
