//! Fapiao: what shoppers ask for, what staff issue, refuse and reverse, and who can download the files.

mod requesting;
mod staff;
mod tables;

use chrono::Utc;
use reqwest::Method;
use till::{
    kernel::{OrderId, RefundId},
    lifecycle,
    payments::RefundState,
};

use crate::{
    invoices,
    support::{Answer, Browser, TestShop},
};

const TAXPAYER: &str = "91350100M000100Y43";
const NUMBER: &str = "25312000000012345678";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n%%EOF\n";

/// A shop in which shoppers can ask for a fapiao, with a paid order of ¥109.99 and two members of staff.
struct Scene {
    paper: invoices::Scene,
    mei: Browser,
    clerk: Browser,
    order: OrderId,
    /// The path of the shopper's page.
    path: String,
}

impl Scene {
    async fn open() -> Self {
        let paper = invoices::Scene::open().await;
        paper.shop.execute("update invoice_settings set fapiao = true");
        paper.shop.execute("update users set email = 'mei@example.com' where username = 'mei'");
        let order = paper.paid_orders(1, &Utc::now().to_rfc3339())[0];
        let (mei, clerk) = (paper.shop.signed_in("mei").await, paper.shop.clerk("chen").await);
        let path = format!("/orders/{}/fapiao", paper.shop.text("select number from orders"));
        Self { paper, mei, clerk, order, path }
    }

    fn shop(&self) -> &TestShop {
        &self.paper.shop
    }

    /// The shopper asks for an ordinary fapiao in their own name; returns the path of its page for staff.
    async fn asks(&self) -> String {
        self.mei.post(&self.path, &person("Mei Lin")).await.expect(303);
        self.newest()
    }

    /// The path of the newest request for staff.
    fn newest(&self) -> String {
        format!("/admin/fapiao/{}", self.shop().number("select max(id) from fapiao_requests"))
    }

    /// A member of staff records what was issued for what the page shows.
    async fn issues(&self, path: &str, number: &str, file: &[u8]) -> Answer {
        let seen = self.shown(&self.clerk, path).await;
        send_issued(&self.clerk, path, &seen, (number, file)).await
    }

    /// The version and the amount that the page of a request shows to staff.
    async fn shown(&self, staff: &Browser, path: &str) -> [String; 2] {
        let page = staff.page(path).await;
        ["seen", "amount"].map(|name| page.attribute_of(&format!("form[action$='/issuing'] [name={name}]"), "value"))
    }

    /// Money of the order goes back; the gateway confirms it.
    fn refund(&self, amount: &str) {
        let order = self.order;
        let refund = self.shop().insert(&format!(
            "refunds (payment_id, number, amount, status, reason)
             select id, number || '_r' || (select count(*) from refunds), {amount}, 'wanted', 'amount'
             from payments where order_id = {order} and counts"
        ));
        self.shop()
            .execute(&format!("update orders set refunded_amount = refunded_amount + {amount} where id = {order}"));
        let (conn, now) = (&mut self.shop().connect(), Utc::now());
        lifecycle::apply_refund_result(conn, RefundId(refund), &RefundState::Done, now, now).unwrap();
    }

    fn status(&self) -> String {
        self.shop().text("select status from fapiao_requests order by id desc limit 1")
    }
}

/// A request for an ordinary fapiao in a person's name.
fn person(title: &str) -> [(&str, &str); 4] {
    [("fapiao_kind", "ordinary"), ("title_kind", "person"), ("fapiao_title", title), ("email", "mei@example.com")]
}

/// A request for a special fapiao of a company.
fn special(taxpayer: &str) -> [(&str, &str); 9] {
    [
        ("fapiao_kind", "special"),
        ("title_kind", "company"),
        ("fapiao_title", "福州茶业有限公司"),
        ("taxpayer_number", taxpayer),
        ("company_address", "福州市五一路 1 号"),
        ("company_phone", "0591-88880000"),
        ("bank", "工商银行福州分行"),
        ("bank_account", "6222020012345678"),
        ("email", "tax@tea.example"),
    ]
}

async fn send_issued(
    staff: &Browser,
    path: &str,
    [seen, amount]: &[String; 2],
    (number, file): (&str, &[u8]),
) -> Answer {
    let fields = [("numbers", number), ("seen", seen), ("amount", amount)];
    upload(staff, &format!("{path}/issuing"), &fields, Some(file)).await
}

/// Sends a form with a file; `None`: no file was chosen.
async fn upload(browser: &Browser, path: &str, fields: &[(&str, &str)], file: Option<&[u8]>) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let name = if file.is_some() { "../../a\".pdf" } else { "" };
    let head = format!("--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n");
    body.extend_from_slice(head.replace("a\"", "a").as_bytes());
    body.extend_from_slice(b"Content-Type: text/html\r\n\r\n");
    body.extend_from_slice(file.unwrap_or_default());
    body.extend_from_slice(b"\r\n--frontier--\r\n");
    let request = browser
        .request(Method::POST, path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body);
    browser.send(request).await
}
