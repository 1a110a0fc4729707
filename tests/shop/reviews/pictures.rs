//! Pictures of reviews.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;

use super::Scene;
use crate::support::{Answer, Browser};

fn png(edge: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    let pixels = RgbaImage::from_fn(edge, edge, |x, y| Rgba(pixel(x, y)));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(pixels).write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn photo(edge: u32) -> Vec<u8> {
    png(edge, |x, y| [(x % 256) as u8, (y % 256) as u8, 80, 255])
}

async fn uploads(browser: &Browser, path: &str, file: &[u8]) -> Answer {
    let head = b"--frontier\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n";
    let body = [head.as_slice(), file, b"\r\n--frontier--\r\n"].concat();
    let request = browser
        .request(reqwest::Method::POST, &format!("{path}/pictures"))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body);
    browser.send(request).await
}

#[tokio::test]
async fn up_to_five_pictures_are_added_and_shown_in_two_sizes() {
    let scene = Scene::received().await;
    scene.writes(1, "5", "Look").await.expect(303);
    let (path, mei) = (scene.path("/1"), &scene.mei.browser);
    let photo = photo(900);
    for n in 1..=5 {
        uploads(mei, &path, &photo).await.expect(303);
        assert_eq!(scene.figures(scene.shirt), "1 5 1", "{n}");
    }
    let full = uploads(mei, &path, &photo).await.expect(303);
    assert!(mei.page(full.location()).await.text_of(".flash").contains("at most 5"));
    assert_eq!(scene.shop.number("select count(*) from review_pictures"), 5);
    let product = scene.product().await;
    let small = product.attributes_of(".review-pictures img", "src");
    assert_eq!(small.len(), 5, "{product}");
    let visitor = scene.shop.visitor();
    let [small, large] = [visitor.get(&small[0]).await, visitor.get("/reviews/1/pictures/1").await];
    assert_eq!([small.header("content-type"), large.header("content-type")], ["image/jpeg"; 2]);
    assert!(small.header("cache-control").contains("max-age=300"), "{}", small.header("cache-control"));
    let bytes = "select concat_ws(' ', length(small_body) < length(body), length(body) > 0) from review_pictures";
    assert_eq!(scene.shop.texts(bytes)[0], "t t");
    let page = visitor.page(&format!("/products/{}/reviews?sort=pictures", scene.shirt)).await;
    assert_eq!(page.texts_of(".review").len(), 1);
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn what_is_no_picture_is_refused_beside_the_field() {
    let scene = Scene::received().await;
    scene.writes(1, "5", "Look").await.expect(303);
    let (path, mei) = (scene.path("/1"), &scene.mei.browser);
    // Noise that is not opaque is stored without loss, which takes more than the table allows.
    let noise = png(1600, |x, y| {
        let mixed = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503).wrapping_mul(x | 1)).to_le_bytes();
        [mixed[0], mixed[1], mixed[2], mixed[3] | 1]
    });
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let mut cut = photo(300);
    cut.truncate(cut.len() / 2);
    for file in [Vec::new(), b"GIF89a".to_vec(), svg, cut, noise] {
        let page = uploads(mei, &path, &file).await.expect(422);
        assert!(page.has("#picture-error"), "{page}");
    }
    assert_eq!(scene.shop.number("select count(*) from review_pictures"), 0);
    assert_eq!(scene.shop.number("select picture_count from reviews"), 0);
}

#[tokio::test]
async fn pictures_of_a_review_that_is_not_shown_are_seen_by_its_writer_and_staff_alone() {
    let scene = Scene::received().await;
    scene.writes(1, "5", "Look").await.expect(303);
    let (path, mei) = (scene.path("/1"), &scene.mei.browser);
    uploads(mei, &path, &photo(300)).await.expect(303);
    scene.staff_post("1/hiding", &[("hidden_reason", "A face")]).await.expect(303);
    let (visitor, bo) = (scene.shop.visitor(), scene.shop.shopper("bo").await.browser);
    for browser in [&visitor, &bo, mei] {
        browser.get("/reviews/1/pictures/1").await.expect(404);
        browser.get("/reviews/1/pictures/1/small").await.expect(404);
        browser.get("/admin/reviews/1/pictures/1").await.expect(404);
    }
    bo.get(&format!("{path}/pictures/1")).await.expect(404);
    bo.get(&format!("{path}/pictures/7")).await.expect(404);
    mei.get(&format!("{path}/pictures/1")).await.expect(200);
    scene.clerk.get("/admin/reviews/1/pictures/1").await.expect(200);
    uploads(mei, &path, &photo(300)).await.expect(303);
    uploads(&bo, &path, &photo(300)).await.expect(404);
    assert_eq!(scene.shop.number("select count(*) from review_pictures"), 1, "a hidden review gets no pictures");
    for wrong in
        ["/reviews/1/pictures/0", "/reviews/x/pictures/1", "/reviews/1/pictures/99999999999", "/reviews/9/pictures/1"]
    {
        visitor.get(wrong).await.expect(404);
    }
    scene.shop.assert_reconciled();
}
