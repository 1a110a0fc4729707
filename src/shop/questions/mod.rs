//! Pages of questions: the contact form, a shopper's own questions, and the page of one, which a guest opens by the
//! link in an email.

mod access;
mod contact;
mod own_list;
mod pictures;
mod thread;

pub use contact::{ask, contact, sent};
pub use own_list::own_questions;
pub use pictures::{add_picture, picture};
pub use thread::{close, prove_address, reply, show};
