//! Payments: attempts to pay an order at a gateway, what the gateway says of them, and refunds.

pub mod alipay;
mod gateway;

pub use gateway::{GatewayState, PaidTrade, PaymentTerms, RefundState, RefundTerms};
