//! Questions of shoppers and guests about an order or the shop: threads that staff answer, and the emails about them.

mod actions;
mod erasure;
pub mod forms;
mod guest_key;
mod mails;
mod model;
mod queries;
mod rules;

pub use actions::{
    AnswerOutcome, AskOutcome, CloseOutcome, NewQuestion, PictureOutcome, ReplyOutcome, add_picture, answer, ask,
    close, delete_unproved, lock_question, prove, reply,
};
pub use erasure::{WaitingForAnswer, erase_questions, waiting_for_answer};
pub use guest_key::GuestKey;
pub use mails::{
    AnswerMail, MailedQuestion, QuestionMail, QuestionMailKind, WaitingQuestion, answer_mails, begin_question_mail,
    finish_question_mail, mailed_question, question_mail, schedule_mails, skip_question_mail, waiting_question,
};
pub use model::{
    Asker, MessageAuthor, MessageView, OpenQuestions, Question, QuestionListItem, QuestionStatus, QuestionView,
};
pub use queries::{
    MAX_OPEN_COUNT, open_questions_statement, order_of_address, own_questions, picture, proved_question,
    question_of_guest, question_of_user, question_view, questions_of_order, questions_with_status,
};
pub use rules::{MAX_PICTURES, MAX_WORDS_LEN, UNPROVED_DAYS};

/// The kind of the outbox job that sends an email to the asker of a question.
pub const QUESTION_MAIL: &str = "question_mail";
