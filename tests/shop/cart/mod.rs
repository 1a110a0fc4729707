//! The cart: what a visitor means to buy, with an account or without.

mod entries;
mod merge;
mod notices;
mod rubbish;
