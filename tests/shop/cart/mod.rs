//! The cart, with an account or without.

mod entries;
mod merge;
mod notices;
mod rubbish;
