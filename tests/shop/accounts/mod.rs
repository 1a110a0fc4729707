//! Who people are, how they prove it, and where their goods go.

mod address_book;
mod entrance;
mod lasting;
mod limits;
mod sessions;
mod shifts;
mod two_factor;
