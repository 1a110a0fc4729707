//! Sends emails about questions to their askers.

use super::{
    email_job::{EmailJob, NextStep},
    order_email::{Action, Fact, OrderEmail, one_line},
    order_mails::MailPayload,
};
use crate::{
    messages::Messages,
    order_mails::{MailReason, is_outdated},
    platform::{
        clock,
        db::{Connection, DbError},
        mail::EmailMessage,
        outbox::Job,
    },
    questions::{self, MailedQuestion, QuestionMail, QuestionMailKind, UNPROVED_DAYS},
    store::Settings,
};

impl EmailJob {
    pub(super) async fn send_question_mail(&self, job: Job) -> Result<(), String> {
        let MailPayload { mail: id } = serde_json::from_value(job.payload).map_err(|error| error.to_string())?;
        let Some((mail, mailed)) = self.load(move |conn| next_step(conn, id)).await? else { return Ok(()) };
        let settings = self.settings.get();
        let message = self.question_email(&mail, &mailed, &settings)?;
        self.send_once(
            mailed.question.language,
            &message,
            move |conn, now| questions::begin_question_mail(conn, id, now),
            move |conn, sent_at| questions::finish_question_mail(conn, id, sent_at),
        )
        .await
    }

    fn question_email(
        &self,
        mail: &QuestionMail,
        mailed: &MailedQuestion,
        settings: &Settings,
    ) -> Result<EmailMessage, String> {
        let (t, id) = (Messages(mailed.question.language), mailed.question.id);
        let url = match &mailed.question.email {
            Some(email) => self.guest_key.link(&self.public_url, id, email),
            None => format!("{}questions/{id}", self.public_url),
        };
        let mut email = OrderEmail {
            t,
            settings,
            name: one_line(&mailed.name),
            title: String::new(),
            paragraphs: Vec::new(),
            facts: Vec::new(),
            goods_title: "",
            goods: Vec::new(),
            amounts: Vec::new(),
            action: None,
            follow: None,
            why: t.question_mail_why(),
            needs_sign_in: mailed.question.user_id.is_some(),
            unsubscribe: None,
        };
        match mail.kind {
            // It may go to a stranger whose address somebody else has typed, so it says nothing that was typed.
            QuestionMailKind::Proof => {
                email.title = t.question_mail_proof_title().to_owned();
                email.paragraphs.push(t.question_mail_proof(UNPROVED_DAYS));
                email.action = Some(Action { words: t.question_mail_proof_see(), url });
                email.why = t.question_mail_proof_why();
            }
            QuestionMailKind::Answered => {
                email.title = t.question_mail_answered_title().to_owned();
                let lines = mailed.answer.lines().map(one_line).filter(|line| !line.is_empty());
                email.paragraphs.extend(lines);
                if let Some(order) = &mailed.order {
                    email.facts.push(Fact { name: t.order_mail_order(), value: order.to_string() });
                }
                email.action = Some(Action { words: t.question_mail_answered_see(), url });
            }
        }
        email.message(&mailed.address, email.title.clone(), format!("question.{}", mail.id))
    }
}

fn next_step(conn: &mut Connection, id: i64) -> Result<NextStep<(QuestionMail, MailedQuestion)>, DbError> {
    let now = clock::now();
    let Some(mail) = questions::question_mail(conn, id)?.filter(|mail| !mail.is_over(now)) else {
        return Ok(NextStep::Finish);
    };
    if mail.begun_at.is_some() {
        return Ok(NextStep::Retry);
    }
    let mailed = questions::mailed_question(conn, &mail)?.filter(|_| !is_outdated(mail.promised_at, now));
    let Some(mailed) = mailed else {
        questions::skip_question_mail(conn, id, MailReason::Outdated)?;
        return Ok(NextStep::Finish);
    };
    if mailed.address.is_empty() {
        questions::skip_question_mail(conn, id, MailReason::NoAddress)?;
        return Ok(NextStep::Finish);
    }
    Ok(NextStep::Send((mail, mailed)))
}
