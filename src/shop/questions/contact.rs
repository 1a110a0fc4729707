//! The contact form.

use askama::Template;
use std::sync::Arc;

use crate::{
    accounts,
    config::Mail,
    kernel::{OrderId, OrderNumber, QuestionId, UserId},
    orders,
    platform::{
        clock,
        db::{self, Connection, DbError},
        random,
    },
    questions::{
        self, AskOutcome, Asker, MAX_WORDS_LEN, NewQuestion, UNPROVED_DAYS,
        forms::{self, MAX_NAME_LEN},
    },
    store::Settings,
    web::{
        self, Fields, Flash, Form, Limit, Page, PageError, PageResult, RateLimit, VisitorRequest, filters, see_other,
    },
};

#[derive(Template)]
#[template(path = "questions/contact.html")]
struct ContactPage {
    page: Page,
    form: Form,
    /// The idempotency token of the form: the form sent twice stores one question.
    token: String,
    settings: Arc<Settings>,
    is_guest: bool,
    /// False if the shop sends no email, so that the address of a guest cannot be proved.
    can_prove: bool,
    refusal: Option<String>,
}

/// `GET /contact`: the form for a question, about the order with the number `order` if there is one.
pub async fn contact(mut visitor: VisitorRequest) -> PageResult {
    let user = accounts::current_user(&visitor.http).await?.map(|user| user.id);
    let asked: Option<OrderNumber> = visitor.query().get("order").parse().ok();
    let order = asked.map(|number| number.to_string()).unwrap_or_default();
    if order.is_empty() {
        let t = visitor.page.t;
        let meta = visitor.meta("/contact").described(t.contact(), t.contact_words());
        visitor.page = visitor.page.listed(meta);
    }
    let form = Form::filled([("order", order)]);
    web::html(&ContactPage::new(visitor, user, form, None)?)
}

/// `POST /contact`: stores a question. Staff see a guest's question only after the guest's address was proved.
pub async fn ask(visitor: VisitorRequest, fields: Fields) -> PageResult {
    let user = accounts::current_user(&visitor.http).await?.map(|user| user.id);
    let (t, mut form) = (visitor.page.t, Form::from(fields));
    let token = form.value("token").to_owned();
    if !random::is_token(&token) {
        return Err(PageError::BadRequest);
    }
    let asker = match user {
        Some(id) => Some(Asker::User(id)),
        None if matches!(visitor.config.mail, Mail::None) => None,
        None => forms::guest(&mut form, t).map(|(email, name)| Asker::Guest { email, name }),
    };
    let typed = forms::question(&mut form, t);
    let (Some(asker), Some(typed)) = (asker, typed) else {
        return web::unprocessable(&ContactPage::new(visitor, user, form, None)?);
    };
    let by = user.map_or(web::Asker::Nobody, web::Asker::User);
    if let RateLimit::Wait(seconds) = Limit::Question.hit(&visitor.http, &visitor.redis, by).await? {
        let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
        return web::too_many(&ContactPage::new(visitor, user, form, refusal)?, seconds);
    }
    let new = NewQuestion {
        asker,
        order: None,
        typed_number: typed.order.as_ref().map(ToString::to_string).unwrap_or_default(),
        language: visitor.page.language(),
        words: typed.words,
        token,
    };
    let stored =
        visitor.db.run_in_line(move |conn| db::transaction(conn, |conn| store(conn, &new, typed.order.as_ref())));
    match stored.await? {
        Stored::Asked(_) | Stored::Repeated(_) if user.is_none() => Ok(see_other("/contact/sent")),
        Stored::Asked(id) => Ok(Flash::success(t.question_sent()).see_other(&own_path(id), &visitor.config)),
        Stored::Repeated(id) => Ok(see_other(&own_path(id))),
        Stored::UnknownOrder => {
            form.fail("order", t.question_order_unknown());
            web::unprocessable(&ContactPage::new(visitor, user, form, None)?)
        }
        Stored::TooManyUnproved => {
            form.fail("email", t.contact_unproved());
            web::unprocessable(&ContactPage::new(visitor, user, form, None)?)
        }
    }
}

enum Stored {
    Asked(QuestionId),
    Repeated(QuestionId),
    /// The shopper has no order with the typed number.
    UnknownOrder,
    TooManyUnproved,
}

fn store(conn: &mut Connection, new: &NewQuestion, number: Option<&OrderNumber>) -> Result<Stored, DbError> {
    let order = match number {
        Some(number) => own_order(conn, &new.asker, number)?,
        None => None,
    };
    if number.is_some() && order.is_none() && matches!(new.asker, Asker::User(_)) {
        return Ok(Stored::UnknownOrder);
    }
    let new = NewQuestion { order, ..new.clone() };
    Ok(match questions::ask(conn, &new, clock::now())? {
        AskOutcome::Asked(id) => Stored::Asked(id),
        AskOutcome::Repeated(id) => Stored::Repeated(id),
        AskOutcome::TooManyUnproved => Stored::TooManyUnproved,
    })
}

/// Returns the order with this number, if it belongs to the asker: to the asker's account or, for a guest, to an
/// account with the email address that the guest is going to prove.
fn own_order(conn: &mut Connection, asker: &Asker, number: &OrderNumber) -> Result<Option<OrderId>, DbError> {
    Ok(match asker {
        Asker::User(owner) => orders::order_id(conn, *owner, number)?,
        Asker::Guest { email, .. } => questions::order_of_address(conn, email, number)?,
    })
}

fn own_path(id: QuestionId) -> String {
    format!("/questions/{id}")
}

#[derive(Template)]
#[template(path = "questions/sent.html")]
struct SentPage {
    page: Page,
}

/// `GET /contact/sent`: asks a guest to open the link in the email.
pub async fn sent(visitor: VisitorRequest) -> PageResult {
    web::html(&SentPage { page: visitor.page })
}

impl ContactPage {
    fn new(
        visitor: VisitorRequest,
        user: Option<UserId>,
        form: Form,
        refusal: Option<String>,
    ) -> Result<Self, PageError> {
        let settings = visitor.settings()?;
        let can_prove = !matches!(visitor.config.mail, Mail::None);
        let token = random::token_or_new(form.value("token"));
        let page = visitor.page;
        Ok(Self { page, form, token, settings, is_guest: user.is_none(), can_prove, refusal })
    }

    /// Returns whether the visitor can ask a question here; a guest cannot if the shop sends no email.
    fn can_ask(&self) -> bool {
        !self.is_guest || self.can_prove
    }
}
