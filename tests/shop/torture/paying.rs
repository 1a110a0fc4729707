//! How a shopper of the crash test pays an order: once, twice at once, in two tabs, late, while it is canceled, or never.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use futures_util::future::join;
use rand::Rng;
use reqwest::Method;
use url::Url;

use super::shopper::{RoundContext, Shopper};
use crate::support::Browser;

/// How often a shopper presses the button of the cashier while it does not answer.
const MAX_PRESSES: usize = 5;

impl Shopper {
    /// Pays an order at the cashier, or does not, and may cancel it.
    pub(super) async fn pays(&mut self, context: &RoundContext, number: &str) {
        let way = self.chance.random_range(0..12);
        let browser = self.at(context);
        let Some(page) = self.opens_payment(context, &browser, number).await else { return };
        match way {
            0 => {}
            1 => {
                self.pays_at(context, &page).await;
                self.pays_at(context, &page).await;
            }
            2 => drop(join(self.pays_at(context, &page), self.pays_at(context, &page)).await),
            3 | 4 => self.pays_in_two_tabs(context, &browser, number, &page).await,
            5 => {
                self.cancels(context, &browser, number).await;
                self.pays_at(context, &page).await;
            }
            6 => drop(join(self.cancels(context, &browser, number), self.pays_at(context, &page)).await),
            7 => {
                self.pauses(600).await;
                self.pays_at(context, &page).await;
            }
            _ => {
                let back = self.pays_at(context, &page).await;
                let browser = self.at(context);
                if let Some(back) = back.filter(|_| way > 9) {
                    self.comes_back(context, &browser, &back).await;
                }
            }
        }
    }

    /// The address of the cashier's page, if the order can be paid.
    async fn opens_payment(&self, context: &RoundContext, browser: &Browser, number: &str) -> Option<String> {
        let path = format!("/orders/{number}/payment");
        let answer = self.sends(context, browser.form(&path, &[])).await?;
        if answer.location() != path {
            return None;
        }
        let page = self.sends(context, browser.request(Method::GET, &path)).await?;
        let (_, rest) = page.body.split_once("<meta http-equiv=\"refresh\" content=\"0;url=")?;
        let (url, _) = rest.split_once('"')?;
        Some(url.replace("&#38;", "&").replace("&amp;", "&"))
    }

    /// Pays at an address of the cashier. Returns where it sends the browser back to.
    async fn pays_at(&self, context: &RoundContext, page: &str) -> Option<String> {
        for _ in 0..MAX_PRESSES {
            match context.payer.try_pay(page).await {
                Ok(Ok(back)) => {
                    let number = number_in(&back);
                    let mut notes = self.notes.borrow_mut();
                    notes.log_event(context, format!("has paid {number}"));
                    notes.paid.push(number);
                    return Some(back);
                }
                Ok(Err(problem)) => {
                    self.notes.borrow_mut().log_event(context, format!("cannot pay: {problem}"));
                    return None;
                }
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(150)).await,
            }
        }
        None
    }

    /// Opens a second page of the cashier, with other terms, since the first must not change its own, and pays at both.
    async fn pays_in_two_tabs(&self, context: &RoundContext, browser: &Browser, number: &str, page: &str) {
        let (url, of_order) = (context.database_url.clone(), number.to_owned());
        let more_time = move || {
            // PostgreSQL may be down just now.
            let Ok(mut conn) = PgConnection::establish(&url) else { return };
            let _ = conn.batch_execute(&format!(
                "set lock_timeout = '200ms';
                 update orders set expires_at = expires_at + interval '1 second' where number = '{of_order}'"
            ));
        };
        actix_web::web::block(more_time).await.unwrap();
        match self.opens_payment(context, browser, number).await {
            Some(second) => drop(join(self.pays_at(context, page), self.pays_at(context, &second)).await),
            None => drop(self.pays_at(context, page).await),
        }
    }

    async fn cancels(&self, context: &RoundContext, browser: &Browser, number: &str) {
        let answer = self.sends(context, browser.form(&format!("/orders/{number}/cancellation"), &[])).await;
        let said = answer.map_or(0, |answer| answer.status);
        self.notes.borrow_mut().log_event(context, format!("cancels {number}: {said}"));
    }

    /// The browser comes back from the cashier.
    async fn comes_back(&self, context: &RoundContext, browser: &Browser, back: &str) {
        let (_, query) = back.split_once('?').expect("the cashier adds fields");
        self.sends(context, browser.request(Method::GET, &format!("/pay/alipay/return?{query}"))).await;
    }
}

/// The number of the attempt with which a browser is sent back.
fn number_in(back: &str) -> String {
    let url = Url::parse(back).unwrap();
    url.query_pairs().find(|(name, _)| name == "out_trade_no").expect("its number").1.into_owned()
}
