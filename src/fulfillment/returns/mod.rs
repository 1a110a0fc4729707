//! Returns: a shopper asks for one, staff answer, the goods come back, the money is refunded.

mod actions;
mod model;
mod queries;

pub use actions::{
    MAX_RETURN_PICTURES, NewReturn, add_return_picture, answer_return, close_return, lock_return, record_arrival,
    record_sent_back, save_return, withdraw_return,
};
pub use model::{
    ArrivedUnits, OpenReturn, Return, ReturnKind, ReturnLine, ReturnPicture, ReturnReason, ReturnStatus, ReturnView,
};
pub use queries::{
    has_open_return, open_return_units, open_returns, return_by_token, return_of, return_picture, returns_of,
    units_of_return,
};
