//! What shoppers and staff do in a browser.

use till::kernel::SkuId;

use super::{Answer, Browser, PASSWORD, TestShop};

impl TestShop {
    /// A new user with an account and nothing else, signed in.
    pub async fn member(&self, username: &str) -> Browser {
        self.make_user(username);
        self.signed_in(username).await
    }

    /// A member of staff, signed in.
    pub async fn clerk(&self, username: &str) -> Browser {
        self.make_staff(username);
        self.signed_in(username).await
    }

    /// An admin, signed in.
    pub async fn boss(&self, username: &str) -> Browser {
        self.make_admin(username);
        self.signed_in(username).await
    }

    /// Signs an existing user in, in a new browser.
    pub async fn signed_in(&self, username: &str) -> Browser {
        let browser = self.visitor();
        browser.sign_in(username, PASSWORD).await.expect(303);
        browser
    }
}

impl Browser {
    pub async fn sign_in(&self, username: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("username", username), ("password", password)]).await
    }

    /// Adds this many of a SKU to the cart.
    pub async fn add(&self, sku: SkuId, count: u32) -> Answer {
        self.post("/cart/entries", &[("sku_id", &sku.to_string()), ("count", &count.to_string())]).await
    }

    /// The entries of the cart page: SKU, count, and whether it is selected.
    pub async fn cart(&self) -> Vec<(i64, u32, bool)> {
        let page = self.page("/cart").await;
        let skus = page.attributes_of(".cart-tick", "action");
        let ticks = page.attributes_of(".cart-tick button", "aria-checked");
        let entry = |(action, ticked): (String, String)| {
            let sku: i64 = action.split('/').nth(3).unwrap().parse().unwrap();
            let counts = page.attributes_of(&format!("#count-{sku}"), "value");
            (sku, counts.first().map_or(0, |count| count.parse().unwrap()), ticked == "true")
        };
        skus.into_iter().zip(ticks).map(entry).collect()
    }
}
