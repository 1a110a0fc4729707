//! Product pictures, from the upload by staff to the page for shoppers.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;

use crate::support::{Answer, Browser, TestShop};

/// A picture file of this size.
fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 80]));
    written(&DynamicImage::ImageRgb8(pixels), format)
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A chunk of a PNG with its checksum.
fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), content].concat();
    let crc = !named.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    [&(content.len() as u32).to_be_bytes(), named.as_slice(), &crc.to_be_bytes()].concat()
}

/// A PNG whose header says that it is this large, with almost no data.
fn huge_png(edge: u32) -> Vec<u8> {
    let header = [edge.to_be_bytes().as_slice(), &edge.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let nothing = [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &header), &chunk(b"IDAT", &nothing), &chunk(b"IEND", b"")]
        .concat()
}

async fn uploads(clerk: &Browser, at: &str, name: &str, file: &[u8], alt: &str) -> Answer {
    uploads_of(clerk, at, name, file, alt, "").await
}

/// Uploads a picture; `shows` is the option value whose SKUs it shows.
async fn uploads_of(clerk: &Browser, at: &str, name: &str, file: &[u8], alt: &str, shows: &str) -> Answer {
    let body = [
        format!("--frontier\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"{name}\"\r\n").as_bytes(),
        b"Content-Type: image/png\r\n\r\n",
        file,
        format!("\r\n--frontier\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\n{alt}").as_bytes(),
        format!("\r\n--frontier\r\nContent-Disposition: form-data; name=\"shows\"\r\n\r\n{shows}").as_bytes(),
        b"\r\n--frontier--\r\n",
    ]
    .concat();
    let request = clerk
        .request(reqwest::Method::POST, &format!("{at}/pictures"))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body);
    clerk.send(request).await
}

/// A published product with one SKU, and the path where staff edit it.
async fn shop_with_goods() -> (TestShop, Browser, String) {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let at = format!("/admin/products/{}", shop.spu_of(sku));
    let clerk = shop.clerk("clerk").await;
    (shop, clerk, at)
}

/// The headers and bytes of a picture.
async fn shown(shop: &TestShop, path: &str) -> (reqwest::header::HeaderMap, Vec<u8>) {
    let answer = reqwest::get(format!("{}{path}", shop.url())).await.unwrap().error_for_status().unwrap();
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_picture_of_each_kind_is_shown_to_shoppers_in_three_sizes() {
    let (shop, clerk, at) = shop_with_goods().await;
    let product = at.replace("/admin", "");
    for (place, format) in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP].into_iter().enumerate() {
        let picture = file(2000 - place as u32, 1000, format);
        uploads(&clerk, &at, "any name.txt", &picture, "A thing").await.expect(303);
    }
    assert_eq!(shop.number("select count(*) from images"), 3);
    let page = shop.visitor().page(&product).await;
    let large = page.attribute_of("[data-sku-picture]", "src");
    assert_eq!(page.attribute_of("[data-sku-picture]", "alt"), "A thing");
    // Until its size exists, the largest one is sent instead, and not cached.
    let (headers, _) = shown(&shop, &large).await;
    assert_eq!(headers["cache-control"], "public, max-age=5");
    while till::catalog::make_sizes(&mut shop.connect()).unwrap() {}
    for (size, width) in [("grid", 400), ("page", 800), ("zoom", 1600)] {
        let (headers, body) = shown(&shop, &large.replace("-page", &format!("-{size}"))).await;
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["content-type"], "image/jpeg");
        let picture = image::load_from_memory(&body).unwrap();
        assert_eq!((picture.width(), picture.height()), (width, width / 2), "{size}");
    }
    let search = shop.visitor().page("/search").await;
    assert!(search.attributes_of("img", "src").contains(&large.replace("-page", "-grid")), "{search}");
    assert_eq!(shop.texts("select distinct action from audit_log"), ["add_picture"]);
}

#[tokio::test]
async fn what_a_camera_writes_beside_the_picture_is_dropped_and_the_way_it_was_held_is_followed() {
    let (shop, clerk, at) = shop_with_goods().await;
    let plain = file(300, 200, ImageFormat::Jpeg);
    // EXIF data: turned by a quarter (6), with a text that must not be published.
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0where she lives";
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let held = [&plain[..2], &[0xff, 0xe1], &length, exif.as_slice(), &plain[2..]].concat();
    uploads(&clerk, &at, "held.jpg", &held, "").await.expect(303);
    let name = shop.text("select hash || '-zoom.' || kind from pictures");
    let (_, body) = shown(&shop, &format!("/pictures/{name}")).await;
    assert!(!body.windows(9).any(|words| words == b"where she"));
    let picture = image::load_from_memory(&body).unwrap();
    assert_eq!((picture.width(), picture.height()), (200, 300));
}

#[tokio::test]
async fn a_file_that_is_no_picture_for_us_is_refused_beside_the_field_and_changes_nothing() {
    let (shop, clerk, at) = shop_with_goods().await;
    let png = file(300, 300, ImageFormat::Png);
    let jpeg = file(300, 300, ImageFormat::Jpeg);
    let with = |picture: &[u8], more: &[u8]| [picture, more].concat();
    let before = shop.fingerprint();
    let files: [(&str, Vec<u8>, &str); 16] = [
        ("empty.png", Vec::new(), "not empty"),
        ("words.png", b"These are words.".to_vec(), "no JPEG"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), "no JPEG"),
        ("drawing.png", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "no JPEG"),
        ("moving.gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "no JPEG"),
        ("page.jpg", b"GIF89a=0;alert(1)//".to_vec(), "no JPEG"),
        ("cut.png", png[..png.len() / 2].to_vec(), "damaged"),
        ("cut.jpg", jpeg[..jpeg.len() / 2].to_vec(), "damaged"),
        ("head.jpg", jpeg[..20].to_vec(), "damaged"),
        ("huge.png", huge_png(50_000), "million pixels"),
        ("wide.png", huge_png(2_000_000_000), ""),
        ("phone.heic", b"\0\0\0\x24ftypheic\0\0\0\0mif1heic".to_vec(), "Most Compatible"),
        ("phone.jpg", b"\0\0\0\x24ftypavif\0\0\0\0avifmif1".to_vec(), "as a JPEG"),
        ("camera.dng", b"II*\0\x08\0\0\0".to_vec(), "export it as a JPEG"),
        ("paint.bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0".to_vec(), "BMP"),
        ("bytes.png", with(&png, &vec![7; 10 * 1024 * 1024]), "10 MB"),
    ];
    for (name, file, words) in files {
        let answer = uploads(&clerk, &at, name, &file, "A <thing>").await.expect(422);
        assert!(answer.text_of("#picture-error").contains(words), "{name}: {answer}");
        assert_eq!(answer.attribute_of("#alt", "value"), "A <thing>", "{name}");
        assert_eq!(shop.fingerprint(), before, "{name}");
    }
    let answer = uploads(&clerk, &at, "good.png", &png, &"x".repeat(201)).await.expect(422);
    assert!(answer.has("#alt-error"), "{answer}");
    for body in ["", "--frontier\r\n", "no parts at all"] {
        let request = clerk
            .request(reqwest::Method::POST, &format!("{at}/pictures"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "multipart/form-data; boundary=frontier")
            .body(body);
        let answer = clerk.send(request).await;
        assert!((400..500).contains(&answer.status), "{body:?}: {answer}");
    }
    assert_eq!(shop.fingerprint(), before);
}

#[tokio::test]
async fn what_stands_behind_a_picture_in_its_file_is_dropped() {
    let (shop, clerk, at) = shop_with_goods().await;
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shop/admin/files");
    let read = |name: &str| std::fs::read(format!("{files}/{name}")).unwrap();
    let with = |format, more: &[u8]| [&file(300, 200, format), more].concat();
    for (name, file) in [
        ("motion.jpg", read("I2-motion-photo.jpg")),
        ("newline.jpg", read("I3-newline.jpg")),
        ("archive.png", with(ImageFormat::Png, b"PK\x03\x04 an archive")),
        ("script.jpg", with(ImageFormat::Jpeg, b"<script>alert(1)</script>")),
    ] {
        uploads(&clerk, &at, name, &file, name).await.expect(303);
        let kept = shop.text("select hash || '-zoom.' || kind from pictures order by id desc limit 1");
        let (_, body) = shown(&shop, &format!("/pictures/{kept}")).await;
        assert!(image::load_from_memory(&body).is_ok(), "{name}");
        for tail in [b"ftyp".as_slice(), b"PK\x03\x04", b"script", b"\xff\xd9\r\n"] {
            assert!(!body.windows(tail.len()).any(|bytes| bytes == tail), "{name}");
        }
    }
    assert_eq!(shop.number("select count(*) from images"), 4);
}

#[tokio::test]
async fn pictures_are_ordered_described_and_removed_and_orders_keep_theirs() {
    let (shop, clerk, at) = shop_with_goods().await;
    for width in [30, 40, 50] {
        uploads(&clerk, &at, "a.png", &file(width, 30, ImageFormat::Png), "").await.expect(303);
    }
    let order = || shop.texts("select file from images order by position");
    let ids: Vec<String> = shop.texts("select id from images order by position");
    let [first, second, third] = order().try_into().unwrap();
    let change = |id: &str, fields: &[(&'static str, &'static str)]| {
        let (clerk, path, fields) = (clerk.clone(), format!("{at}/pictures/{id}"), fields.to_vec());
        async move { clerk.post(&path, &fields).await }
    };
    change(&ids[2], &[("do", "up")]).await.expect(303);
    assert_eq!(order(), [first.clone(), third.clone(), second.clone()]);
    change(&ids[0], &[("do", "down")]).await.expect(303);
    assert_eq!(order(), [third.clone(), first.clone(), second.clone()]);
    change(&ids[2], &[("do", "up")]).await.expect(303);
    change(&ids[2], &[("alt", "A cup"), ("alt_zh", "杯子")]).await.expect(303);
    let product = at.replace("/admin", "");
    assert_eq!(shop.visitor().page(&product).await.attribute_of("[data-sku-picture]", "alt"), "A cup");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(till::kernel::SkuId(shop.number("select id from skus")), 1).await;
    mei.orders().await;
    change(&ids[2], &[("do", "remove")]).await.expect(303);
    assert_eq!(order(), [first, second]);
    assert_eq!(shop.text("select picture from order_goods"), third);
    let path = shop.text("select '/pictures/' || hash || '-grid.' || kind from pictures order by id desc limit 1");
    shown(&shop, &path).await;
    let written = || shop.number("select count(*) from audit_log");
    let before = written();
    change(&ids[2], &[("do", "remove")]).await.expect(303);
    change(&ids[2], &[("do", "down")]).await.expect(303);
    change(&ids[0], &[("do", "up")]).await.expect(303);
    change(&ids[1], &[("do", "down")]).await.expect(303);
    change(&ids[0], &[]).await.expect(303);
    assert_eq!(written(), before, "an unchanged form writes no audit entry");
    let gone = change(&ids[2], &[("alt", "x")]).await.expect(303);
    assert!(clerk.page(gone.location()).await.text_of(".flash").contains("no longer there"));
    let wrong = clerk.post(&format!("{at}/pictures/{}", ids[0]), &[("alt", &*"x".repeat(201))]).await.expect(422);
    assert!(wrong.has(&format!("#alt-{}-error", ids[0])), "{wrong}");
}

#[tokio::test]
async fn a_picture_whose_form_is_sent_twice_is_added_once() {
    let (shop, clerk, at) = shop_with_goods().await;
    let picture = file(300, 200, ImageFormat::Png);
    for _ in 0..3 {
        uploads(&clerk, &at, "tea.png", &picture, "A pot").await.expect(303);
    }
    uploads(&clerk, &at, "tea.png", &picture, "The same from behind").await.expect(303);
    assert_eq!(shop.number("select count(*) from images"), 2);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'add_picture'"), 2);
}

#[tokio::test]
async fn of_two_who_describe_a_picture_the_second_sees_both_versions() {
    let (shop, clerk, at) = shop_with_goods().await;
    uploads(&clerk, &at, "a.png", &file(30, 30, ImageFormat::Png), "A cup").await.expect(303);
    let path = format!("{at}/pictures/{}", shop.text("select id from images"));
    let kept = || shop.text("select concat_ws('|', alt, alt_zh) from images");
    clerk.post(&path, &[("was_alt", "A cup"), ("alt", "A blue cup")]).await.expect(303);
    let second = clerk.post(&path, &[("was_alt", "A cup"), ("alt", "A mug"), ("alt_zh", "杯")]).await.expect(422);
    assert_eq!(kept(), "A blue cup|");
    let told = second.texts_of(".goods-shot .versions-text");
    assert_eq!(told, ["A mug", "A blue cup", "杯", ""]);
    assert_eq!(second.attribute_of(".goods-shot input[name=alt]", "value"), "A mug", "what was typed is kept");
    let was = second.attribute_of("input[name=was_alt]", "value");
    clerk.post(&path, &[("was_alt", &was), ("alt", "A mug"), ("alt_zh", "杯")]).await.expect(303);
    assert_eq!(kept(), "A mug|杯");
    // Both have typed the same, so there is no conflict.
    clerk.post(&path, &[("was_alt", "A cup"), ("alt", "A mug"), ("alt_zh", "杯")]).await.expect(303);
    let written = shop.texts("select before->>'alt' || ' > ' || (after->>'alt') from audit_log where action = 'describe_picture' order by id");
    assert_eq!(written, ["A cup > A blue cup", "A blue cup > A mug"]);
}

#[tokio::test]
async fn what_can_be_seen_through_stays_so_and_an_address_that_names_nothing_is_no_page() {
    let (shop, clerk, at) = shop_with_goods().await;
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(900, 900, Rgba([10, 20, 30, 40])));
    uploads(&clerk, &at, "clear.png", &written(&clear, ImageFormat::Png), "").await.expect(303);
    while till::catalog::make_sizes(&mut shop.connect()).unwrap() {}
    let hash = shop.text("select hash from pictures where kind = 'webp'");
    let (headers, body) = shown(&shop, &format!("/pictures/{hash}-grid.webp")).await;
    assert_eq!(headers["content-type"], "image/webp");
    assert_eq!(image::load_from_memory(&body).unwrap().to_rgba8().get_pixel(0, 0)[3], 40);
    let nothing = "0".repeat(32);
    for path in [
        format!("{hash}-grid.jpg"),
        format!("{hash}-huge.webp"),
        format!("{hash}-grid"),
        format!("{hash}.webp"),
        format!("{nothing}-grid.jpg"),
        "..%2f..-grid.jpg".to_owned(),
        "%00-grid.jpg".to_owned(),
        "x".repeat(5000),
    ] {
        shop.visitor().get(&format!("/pictures/{path}")).await.expect(404);
    }
}

#[tokio::test]
async fn each_colour_has_its_picture_wherever_its_skus_are_shown() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Mug");
    let colours = shop.make_option(spu, "Colour", &["Blue", "Black", "Red"]);
    let skus: Vec<_> = colours.iter().map(|_| shop.make_sku_of(spu, 9, "20.00")).collect();
    for (sku, colour) in skus.iter().zip(&colours) {
        shop.set_option(*sku, *colour);
    }
    let (at, product) = (format!("/admin/products/{spu}"), format!("/products/{spu}"));
    let clerk = shop.clerk("clerk").await;
    for (width, shows) in [(30, String::new()), (31, colours[0].to_string()), (32, colours[1].to_string())] {
        let picture = file(width, 30, ImageFormat::Png);
        uploads_of(&clerk, &at, "mug.png", &picture, &format!("Mug {width}"), &shows).await.expect(303);
    }
    let wrong = uploads_of(&clerk, &at, "mug.png", &file(9, 9, ImageFormat::Png), "", "0").await.expect(422);
    assert!(wrong.has("#shows-error"), "{wrong}");
    let large = |sku| {
        let path = format!("{product}?sku={sku}");
        let visitor = shop.visitor();
        async move {
            let page = visitor.page(&path).await;
            let shown = page.attributes_of(".product-thumbs li:not([hidden])", "data-sku-shot");
            (page.attribute_of("[data-sku-picture]", "alt"), shown)
        }
    };
    let [blue, black] = [colours[0].to_string(), colours[1].to_string()];
    assert_eq!(large(skus[0]).await, ("Mug 31".to_owned(), vec![String::new(), blue]));
    assert_eq!(large(skus[1]).await, ("Mug 32".to_owned(), vec![String::new(), black.clone()]));
    assert_eq!(large(skus[2]).await, ("Mug 30".to_owned(), vec![String::new()]));

    let files = shop.texts("select file from images order by position");
    let grid = |n: usize| format!("/pictures/{}-grid.jpg", &files[n]["uploaded/".len()..files[n].len() - ".jpg".len()]);
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(skus[1], 1).await;
    assert!(mei.browser.page("/cart").await.attributes_of("img", "src").contains(&grid(2)));
    let stock = clerk.page("/admin/stock").await.attributes_of(".cell-picture img", "src");
    assert!([grid(0), grid(1), grid(2)].iter().all(|picture| stock.contains(picture)), "{stock:?}");
    // The picture of one color is for all SKUs again, and the one of black is described as that of red.
    let black_one = shop.text(&format!("select id from images where option_value_id = {black}"));
    let red = colours[2].to_string();
    let seen = [("was_alt", "Mug 32"), ("was_shows", black.as_str())];
    let now = [("alt", "Red mug"), ("shows", red.as_str())];
    clerk.post(&format!("{at}/pictures/{black_one}"), &[seen, now].concat()).await.expect(303);
    assert_eq!(large(skus[2]).await.0, "Red mug");
    assert_eq!(large(skus[1]).await.0, "Mug 30");
}

#[tokio::test]
async fn more_pictures_at_once_than_are_taken_in_at_the_same_time_all_arrive() {
    let (shop, clerk, at) = shop_with_goods().await;
    let file = file(600, 400, ImageFormat::Png);
    let sent = (0..16).map(|n| {
        let (clerk, at, file) = (&clerk, &at, &file);
        async move { uploads(clerk, at, "view.png", file, &format!("View {n}")).await.status }
    });
    let statuses = futures_util::future::join_all(sent).await;
    let arrived = statuses.iter().filter(|status| **status == 303).count();
    // A product has twelve pictures at most; further uploads are refused.
    assert_eq!((arrived, statuses.iter().filter(|status| **status == 422).count()), (12, 4), "{statuses:?}");
    let places = "select string_agg(position::text, ' ' order by position) from images";
    assert_eq!(shop.number("select count(distinct position) from images"), 12, "{}", shop.text(places));
}
