//! Reviews: written after the receipt, shown on the product, moderated by staff, counted for each product.

mod at_once;
mod figures;
mod moderating;
mod pictures;
mod showing;
mod writing;

use till::kernel::{SkuId, SpuId};

use crate::support::{Answer, Browser, Form, Shopper, TestShop};

/// A shirt in two colors, a member of staff, and a shopper who has ordered both and a cup.
struct Scene {
    shop: TestShop,
    clerk: Browser,
    mei: Shopper,
    number: String,
    shirt: SpuId,
    skus: [SkuId; 3],
}

impl Scene {
    /// The order is not sent yet.
    async fn open() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let shop = TestShop::with(settings).await;
        let shirt = shop.make_spu("Shirt");
        let colors = shop.make_option(shirt, "Colour", &["Red", "Blue <b>"]);
        let (red, blue) = (shop.make_sku_of(shirt, 90, "20.00"), shop.make_sku_of(shirt, 90, "20.00"));
        shop.set_option(red, colors[0]);
        shop.set_option(blue, colors[1]);
        let skus = [red, blue, shop.make_sku(90, "5.00")];
        let (clerk, mei) = (shop.clerk("chen").await, shop.shopper("mei").await);
        let number = orders(&mei, &skus).await;
        Self { shop, clerk, mei, number, shirt, skus }
    }

    /// All was sent, collected, and received.
    async fn received() -> Self {
        let scene = Self::open().await;
        scene.receive().await;
        scene
    }

    async fn receive(&self) {
        self.shop.send_orders("true");
        let due = self.shop.text("select total_amount from orders where id = 1");
        let cash = format!("/admin/orders/{}/cash", self.number);
        self.clerk.post(&cash, &[("collected", &due)]).await.expect(303);
        self.mei.browser.post(&format!("/orders/{}/delivery-confirmation", self.number), &[]).await.expect(303);
    }

    fn path(&self, of: &str) -> String {
        format!("/orders/{}/reviews{of}", self.number)
    }

    async fn writes(&self, line: i64, stars: &str, words: &str) -> Answer {
        let line = line.to_string();
        let fields = [("line", line.as_str()), ("stars", stars), ("words", words)];
        self.mei.browser.post(&self.path(""), &fields).await
    }

    async fn staff_post(&self, of: &str, fields: &[(&str, &str)]) -> Answer {
        self.clerk.post(&format!("/admin/reviews/{of}"), fields).await
    }

    fn status(&self) -> String {
        self.shop.text("select status from orders where id = 1")
    }

    /// Number, stars and pictured reviews of a product, as they are stored.
    fn figures(&self, spu: SpuId) -> String {
        let figures = format!(
            "select concat_ws(' ', review_count, star_sum, pictured_count) from review_figures where spu_id = {spu}"
        );
        self.shop.texts(&figures).pop().unwrap_or_default()
    }

    async fn product(&self) -> Answer {
        self.shop.visitor().page(&format!("/products/{}", self.shirt)).await
    }

    /// An admin changes a setting of the shop.
    async fn set(&self, field: &str, value: &str) {
        if self.shop.number("select count(*) from users where username = 'lin'") == 0 {
            self.shop.make_admin("lin");
        }
        let lin = self.shop.signed_in("lin").await;
        let form = Form::of(&lin.page("/admin/settings").await, "form.settings").typed(field, value);
        lin.post("/admin/settings", &form.pairs()).await.expect(303);
    }
}

/// Orders one unit of each of these; returns the order number.
async fn orders(shopper: &Shopper, skus: &[SkuId]) -> String {
    for sku in skus {
        shopper.puts_in_cart(*sku, 1).await;
    }
    shopper.orders().await
}
