//! The report of a month: sales, refunds, tax, money and stock, by product, category, pay method and tax rate. The
//! report of a closed month is stored and does not change; events recorded later count in a later month.

mod actions;
mod model;
mod queries;
mod rules;

pub use actions::{close_month, is_closable};
pub use model::{
    Closing, FREIGHT, ListedMonth, Month, MonthReport, MonthTotals, OTHER, ParseMonthError, ReportLine, ReportPart,
};
pub use queries::{closing, compute_report, missing_bills, months};
pub use rules::{Correction, Figure, corrections};
