//! A merchant's day in a real browser, from the first email to the last parcel, and what the shopper hears of it.

use super::open_shop::{OpenShop, file, sign_in, unfold};
use crate::support::{Chromium, Folder, Shopper};

/// The shop in the morning, the browsers of a member of staff and of the shopper, and their orders.
struct Day {
    shop: OpenShop,
    staff: Chromium,
    mei: Shopper,
    /// The shopper's browser.
    phone: Chromium,
    javascript: bool,
}

impl Day {
    async fn begin(javascript: bool) -> Self {
        let shop = OpenShop::open().await;
        let (staff, phone) = (shop.browser(javascript).await, shop.browser(javascript).await);
        let mei = shop.shopper("mei").await;
        sign_in(&phone, "mei", "/orders", "Orders").await;
        sign_in(&staff, "lin", "/admin/mail", "Your mail").await;
        staff.click("input[name=new_orders]").await;
        staff.click("form[action='/admin/mail/orders'] button").await;
        staff.sees(".flash-success", "Saved.").await;
        staff.click(".admin-row a[href='/admin']").await;
        staff.sees("h1", "Today").await;
        Self { shop, staff, mei, phone, javascript }
    }

    /// The first order shows on the page that is open, and in the mailboxes of both.
    async fn first_order_comes_in(&self) -> String {
        let first = self.shop.order(&self.mei, &[(self.shop.lamp, 2)], "cod").await;
        if self.javascript {
            self.staff.sees("[data-new-orders]", "+1").await;
        }
        self.shop.mailed(&self.phone, "We have your order", 1).await;
        self.shop.mailed(&self.phone, "1 new order to be sent", 1).await;
        self.staff.click(".admin-row a[href='/admin/orders']").await;
        self.staff.sees(".page-head p", "1 order, ¥90.00").await;
        self.opens(&first).await;
        self.staff.sees(".goods", "Lamp").await;
        first
    }

    /// Opens the order from the list.
    async fn opens(&self, number: &str) {
        self.staff.goto("/admin/orders").await;
        self.staff.click(&format!(".orders-table a[href$='{number}']")).await;
        self.staff.sees(".page-head .order-number", number).await;
    }

    /// Ticks these orders of those that are to be sent.
    async fn ticks(&self, numbers: &[&str]) {
        self.staff.goto("/admin/orders?show=unsent").await;
        for number in numbers {
            self.staff.click(&format!("input[name=orders][value='{number}']")).await;
        }
    }

    async fn prints_papers(&self, numbers: &[&str]) {
        self.ticks(numbers).await;
        self.staff.click("button[formaction='/admin/orders/packing']").await;
        self.staff.sees("h1", "Pick list").await;
        self.staff.sees(".pick-sum", "5 orders, 12 pieces").await;
        self.staff.sees(".pick-table", "Lamp").await;
        for number in numbers {
            self.staff.sees(".pick-table", &number[23..]).await;
        }
        self.staff.click(".paper-bar a[href*='packing-slips']").await;
        self.staff.sees("h1", "Packing slips").await;
        let slips = self.staff.texts(".slip .slip-number").await;
        assert_eq!(slips.len(), 5);
        for number in numbers {
            assert!(slips.iter().any(|slip| slip == number), "{number} is not in {slips:?}");
        }
        assert!(!self.staff.text("main").await.contains('¥'), "slips have no prices");
        self.staff.click(".paper-bar a[href='/admin/orders']").await;
        self.staff.sees(".orders-table", "Being packed").await;
    }

    /// What is being packed is canceled only when staff agree, and the money goes back.
    async fn cancels_at_the_shoppers_wish(&self, number: &str) {
        self.phone.goto(&format!("/orders/{number}")).await;
        unfold(&self.phone, ".own-order-actions .fold").await;
        self.phone.fill("#reason", "I found it at home").await;
        self.phone.click("form[action$='/cancellation'] button").await;
        self.phone.sees("main", "We have your request to cancel").await;

        self.staff.click(".admin-row a[href='/admin']").await;
        self.staff.click(".task[href$='cancellation_asked']").await;
        self.staff.click(".orders-table .order-number").await;
        self.staff.sees(".notice", "I found it at home").await;
        self.staff.click("form[action$='/cancellation-answer'] [value=yes]").await;
        self.staff.sees(".page-head .badge", "Cancelled").await;
        self.shop.mailed(&self.phone, "Your order is cancelled", 1).await;
        self.shop.mailed(&self.phone, "¥15.00 went back to you", 1).await;
        self.phone.goto(&format!("/orders/{number}")).await;
        self.phone.sees("main", "¥15.00").await;
    }

    /// Sends these units of each line, in the order of the page, from the page of the order.
    async fn sends(&self, number: &str, tracking: &str, units: &[&str]) {
        self.opens(number).await;
        for (at, count) in units.iter().enumerate() {
            let line = format!("form[action$='/shipments'] .refund-line:nth-of-type({}) [name=count]", at + 1);
            self.staff.fill(&line, count).await;
        }
        self.staff.fill("form[action$='/shipments'] #number", tracking).await;
        self.staff.click("form[action$='/shipments'] button").await;
        self.staff.sees(".parcels", tracking).await;
    }

    async fn sends_one_whole_and_one_in_two_parcels(&self, whole: &str, parts: &str) {
        self.sends(whole, "SF1001", &[]).await;
        self.staff.sees(".page-head .badge", "On its way").await;
        self.shop.mailed(&self.phone, "Your goods are on their way", 1).await;

        self.sends(parts, "SF2001", &["1", "0"]).await;
        self.staff.sees(".page-head .badge", "To be sent").await;
        self.shop.mailed(&self.phone, "A part of your goods is on its way", 1).await;
        self.sends(parts, "SF2002", &[]).await;
        self.staff.sees(".page-head .badge", "On its way").await;
        self.shop.mailed(&self.phone, "Your goods are on their way", 2).await;
        self.phone.goto(&format!("/orders/{parts}")).await;
        self.phone.sees(".parcels li:nth-child(1)", "SF2001").await;
        self.phone.sees(".parcels li:nth-child(2)", "SF2002").await;
    }

    async fn sends_ticked_lines(&self, number: &str) {
        self.ticks(&[number]).await;
        self.staff.click("button[formaction='/admin/shipments/new']").await;
        self.staff.sees("h1", "Send orders").await;
        self.staff.fill(&format!("#number-{number}"), "SF3001").await;
        self.staff.click("form[action='/admin/shipments'] .button-primary").await;
        self.staff.sees(".flash-success", "1 order was sent.").await;
        self.shop.mailed(&self.phone, "Your goods are on their way", 3).await;
    }

    async fn sends_from_a_file(&self, number: &str) {
        let folder = Folder::new();
        let text = format!("Order,Carrier,Tracking number\r\n{},SF,SF4001\r\n", &number[23..]);
        self.staff.goto("/admin/orders?show=unsent").await;
        self.staff.click(".order-actions a[href='/admin/shipments/imports']").await;
        self.staff.choose_file("#file", &file(&folder, "parcels.csv", &text)).await;
        self.staff.click("form[action='/admin/shipments/imports'] button").await;
        self.staff.sees(".shipment-sums", "1 parcel will be sent").await;
        self.staff.click("form[action$='/confirmation'] button").await;
        self.staff.sees(".shipment-sums", "1 line sent").await;
        self.shop.mailed(&self.phone, "Your goods are on their way", 4).await;
    }

    /// The courier brings the money of both orders that were paid on delivery.
    async fn collects_cash(&self) {
        for amount in ["90.00", "55.00"] {
            self.staff.goto("/admin").await;
            self.staff.click(".task[href$='to_collect']").await;
            self.staff.click(".orders-table tbody tr:last-child .order-number").await;
            self.staff.sees("form[action$='/cash']", &format!("The whole amount is ¥{amount}")).await;
            self.staff.fill("#collected", amount).await;
            self.staff.click("form[action$='/cash'] button").await;
            self.staff.sees(".flash-success", "The order is paid.").await;
        }
    }

    async fn nothing_is_left_to_do(&self) {
        self.staff.click(".admin-row a[href='/admin']").await;
        for show in ["unsent", "late", "cancellation_asked", "return_asked", "return_arrived", "to_collect"] {
            self.staff.sees(&format!(".task[href$='show={show}']"), "none").await;
        }
        self.shop.reconciles();
    }
}

async fn work_a_day(javascript: bool) {
    let day = Day::begin(javascript).await;
    let first = day.first_order_comes_in().await;
    let (shop, lamp, cup) = (&day.shop, day.shop.lamp, day.shop.cup);
    let parts = shop.order(&day.mei, &[(lamp, 1), (cup, 1)], "cod").await;
    let ticked = shop.order(&day.mei, &[(lamp, 2)], "alipay").await;
    let filed = shop.order(&day.mei, &[(cup, 5)], "alipay").await;
    let unwanted = shop.order(&day.mei, &[(cup, 1)], "alipay").await;
    shop.mailed(&day.phone, "Your order is paid", 3).await;

    day.prints_papers(&[&first, &parts, &ticked, &filed, &unwanted]).await;
    day.cancels_at_the_shoppers_wish(&unwanted).await;
    day.sends_one_whole_and_one_in_two_parcels(&first, &parts).await;
    day.sends_ticked_lines(&ticked).await;
    day.sends_from_a_file(&filed).await;
    day.collects_cash().await;
    day.nothing_is_left_to_do().await;
}

#[tokio::test]
async fn a_merchant_works_from_the_first_email_to_the_last_parcel_with_javascript() {
    work_a_day(true).await;
}

#[tokio::test]
async fn a_merchant_works_from_the_first_email_to_the_last_parcel_without_javascript() {
    work_a_day(false).await;
}
