//! Who may see a question: the account that has asked it, or who has the link that was sent to a guest's address.

use crate::{
    accounts,
    kernel::{QuestionId, UserId},
    platform::db::{self, Connection, DbError},
    questions::{self, GuestKey, Question},
    web::{self, PageError, VisitorRequest},
};

/// What entitles a visitor to see a question: the account, or the key in the link that was sent to a guest.
#[derive(Clone, Debug)]
pub(super) struct Access {
    user: Option<UserId>,
    /// The key in the link that was opened; empty if the URL has none.
    key: String,
    guest_key: GuestKey,
}

impl Access {
    /// Returns the account and the key with which a visitor makes this request.
    ///
    /// # Errors
    /// [`PageError::SignInNeeded`] for a visitor who is neither signed in nor has a key.
    pub(super) async fn of(visitor: &VisitorRequest) -> Result<Self, PageError> {
        let user = accounts::current_user(&visitor.http).await?.map(|user| user.id);
        let key = visitor.query().get("key").to_owned();
        if user.is_none() && key.is_empty() {
            return Err(PageError::SignInNeeded(accounts::return_path(&visitor.http)));
        }
        Ok(Self { user, key, guest_key: GuestKey::of(visitor.config.session_key.master()) })
    }

    /// Finds a question that the visitor may see.
    ///
    /// # Errors
    /// [`DbError::Missing`] if there is no question with this id, or if the visitor may not see it.
    pub(super) fn find(&self, conn: &mut Connection, id: QuestionId) -> Result<Question, DbError> {
        if let Some(user) = self.user
            && let Some(own) = questions::question_of_user(conn, user, id)?
        {
            return Ok(own);
        }
        let of_guest = questions::question_of_guest(conn, id)?.filter(|question| self.opens(question));
        of_guest.ok_or(DbError::Missing)
    }

    fn opens(&self, question: &Question) -> bool {
        question.email.as_ref().is_some_and(|email| self.guest_key.is_signed(question.id, email, &self.key))
    }

    /// Returns the part of the question's URLs that keeps a guest's key: `?key=..`, or nothing.
    pub(super) fn query(&self) -> String {
        if self.key.is_empty() {
            return String::new();
        }
        let pair = form_urlencoded::Serializer::new(String::new()).append_pair("key", &self.key).finish();
        format!("?{pair}")
    }

    /// Returns the URL of the page of a question.
    pub(super) fn path(&self, id: QuestionId) -> String {
        format!("/questions/{id}{}", self.query())
    }

    /// Counts a message or a picture for the rate limit of the account or, without an account, of the question. Fails
    /// without counting if the visitor may not see the question: otherwise a stranger could use up the limit of the
    /// guest who asked it.
    pub(super) async fn hit(&self, visitor: &VisitorRequest, id: QuestionId) -> Result<web::RateLimit, PageError> {
        let access = self.clone();
        visitor.db.run(move |conn| access.find(conn, id)).await?;
        let guest = format!("question-{id}");
        let by = self.user.map_or(web::Asker::Guest(&guest), web::Asker::User);
        web::Limit::Question.hit(&visitor.http, &visitor.redis, by).await
    }

    /// Locks a question, runs `act` on it in the same transaction, and returns the result of `act`.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        visitor: &VisitorRequest,
        id: QuestionId,
        act: impl Fn(&mut Connection, &Question) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, PageError> {
        let access = self.clone();
        let changed = visitor.db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                access.find(conn, id)?;
                let question = questions::lock_question(conn, id)?.ok_or(DbError::Missing)?;
                act(conn, &question)
            })
        });
        Ok(changed.await?)
    }
}
