//! A shopper: signed in, with an address and the form of the checkout.

use till::kernel::{AddressId, SkuId, UserId};

use super::{Answer, Browser, PASSWORD, TestShop};

pub struct Shopper {
    pub id: UserId,
    pub address: AddressId,
    pub browser: Browser,
}

/// What the checkout page would send.
#[derive(Clone, Debug)]
pub struct OrderForm {
    pub token: String,
    pub address: String,
    pub pay_method: String,
    pub expected_total: String,
    pub note: String,
    pub seen: Vec<String>,
}

impl OrderForm {
    pub fn fields(&self) -> Vec<(&str, &str)> {
        let mut fields = vec![
            ("checkout_token", self.token.as_str()),
            ("address_id", &self.address),
            ("pay_method", &self.pay_method),
            ("expected_total", &self.expected_total),
            ("note", &self.note),
        ];
        fields.extend(self.seen.iter().map(|seen| ("seen", seen.as_str())));
        fields
    }
}

impl TestShop {
    /// A new shopper who is signed in and has an address.
    pub async fn shopper(&self, username: &str) -> Shopper {
        let id = self.make_user(username);
        let address = self.make_address(id);
        let browser = self.visitor();
        browser.post("/sign-in", &[("username", username), ("password", PASSWORD)]).await.expect(303);
        Shopper { id, address, browser }
    }
}

impl Shopper {
    pub async fn puts_in_cart(&self, sku: SkuId, count: u32) {
        let fields = [("sku_id", sku.to_string()), ("count", count.to_string())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.browser.post("/cart/entries", &fields).await.expect(303);
    }

    /// Opens the checkout; returns its form.
    pub async fn opens_checkout(&self) -> OrderForm {
        let page = self.browser.get("/checkout").await.expect(200);
        Self::form_on(&page)
    }

    pub fn form_on(page: &Answer) -> OrderForm {
        OrderForm {
            token: page.attribute_of("[name=checkout_token]", "value"),
            address: page.attribute_of("[name=address_id][checked]", "value"),
            pay_method: "cod".into(),
            expected_total: page.attribute_of("[name=expected_total]", "value"),
            note: String::new(),
            seen: page.attributes_of("[name=seen]", "value"),
        }
    }

    pub async fn places(&self, form: &OrderForm) -> Answer {
        self.browser.post("/checkout", &form.fields()).await
    }

    /// Orders the selected entries of the cart; returns the order number.
    pub async fn orders(&self) -> String {
        let form = self.opens_checkout().await;
        order_number(&self.places(&form).await.expect(303))
    }
}

/// The order number in the redirect of a placed order.
pub fn order_number(answer: &Answer) -> String {
    let path = answer.location().split('?').next().unwrap();
    path.strip_prefix("/orders/").unwrap_or_else(|| panic!("{path} is no order")).to_owned()
}
