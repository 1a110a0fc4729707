//! What can happen to orders.

use proptest::{collection::vec, option, prelude::*};

/// Which of the orders, parcels, returns or refunds a step is about.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    pub n: usize,
    /// Any of them with any units, even where the step must be refused.
    pub any: bool,
}

/// Units of the lines of an order.
pub type Counts = [i32; 3];

#[derive(Clone, Debug)]
pub enum Step {
    Place { online: bool, counts: Counts, discount: bool },
    Pay(Pick),
    Expire,
    Pack { order: Pick, begins: bool },
    Hold { order: Pick, ends: bool },
    Send { order: Pick, counts: Option<Counts> },
    Correct(Pick),
    Undo(Pick),
    ReplaceLost(Pick),
    RefundLost(Pick),
    Withdraw { order: Pick, counts: Counts, written_off: bool },
    CancelByShopper(Pick),
    CancelByStaff { order: Pick, written_off: Counts },
    AnswerCancellation { order: Pick, accepted: bool },
    Collect { order: Pick, exactly: bool },
    Refuse { order: Pick, sellable: Counts },
    Confirm(Pick),
    ReceiveByItself,
    AskReturn { order: Pick, counts: Counts, goods: bool },
    WithdrawReturn(Pick),
    AnswerReturn { ret: Pick, approved: bool },
    SendBack(Pick),
    Arrive { ret: Pick, sellable: Counts, damaged: Counts },
    RefundReturn { ret: Pick, counts: Counts, freight: bool },
    CloseReturn(Pick),
    RefundLines { order: Pick, counts: Counts, freight: bool },
    RefundAmount { order: Pick, fen: i64 },
    AnswerRefund { refund: Pick, done: bool },
    Retry(Pick),
    GiveOtherwise(Pick),
    LetPass { hours: i64 },
}

fn pick() -> impl Strategy<Value = Pick> {
    (0..6_usize, prop::bool::weighted(0.1)).prop_map(|(n, any)| Pick { n, any })
}

fn counts() -> impl Strategy<Value = Counts> {
    // Negative ones too: forms can be forged.
    prop::array::uniform3(prop_oneof![9 => 0..=2_i32, 3 => Just(3), 1 => Just(-1)])
}

impl Step {
    /// Histories of at most this many steps after three orders, of which some are paid.
    pub fn histories(steps: usize) -> impl Strategy<Value = Vec<Self>> {
        let pays = vec(pick().prop_map(Self::Pay), 0..=2);
        let all = (vec(Self::place(), 3), pays, vec(Self::any(), steps / 2..=steps));
        all.prop_map(|(placed, paid, steps)| [placed, paid, steps].concat())
    }

    fn place() -> impl Strategy<Value = Self> {
        let counts = prop::array::uniform3(0..=3_i32);
        (prop::bool::weighted(0.6), counts, any::<bool>()).prop_map(|(online, counts, discount)| Self::Place {
            online,
            counts,
            discount,
        })
    }

    fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            1 => Self::place(),
            2 => pick().prop_map(Self::Pay),
            7 => Self::of_sending(),
            5 => Self::of_parcels(),
            5 => Self::of_canceling(),
            9 => Self::of_returns(),
            6 => Self::of_money(),
            1 => Just(Self::Expire),
            1 => Just(Self::ReceiveByItself),
            1 => (0..40_i64).prop_map(|hours| Self::LetPass { hours }),
        ]
    }

    fn of_sending() -> impl Strategy<Value = Self> {
        prop_oneof![
            2 => (pick(), prop::bool::weighted(0.8)).prop_map(|(order, begins)| Self::Pack { order, begins }),
            1 => (pick(), prop::bool::weighted(0.7)).prop_map(|(order, ends)| Self::Hold { order, ends }),
            6 => (pick(), option::weighted(0.4, counts())).prop_map(|(order, counts)| Self::Send { order, counts }),
        ]
    }

    fn of_parcels() -> impl Strategy<Value = Self> {
        prop_oneof![
            1 => pick().prop_map(Self::Correct),
            2 => pick().prop_map(Self::Undo),
            2 => pick().prop_map(Self::ReplaceLost),
            2 => pick().prop_map(Self::RefundLost),
            4 => (pick(), counts(), any::<bool>())
                .prop_map(|(order, counts, written_off)| Self::Withdraw { order, counts, written_off }),
        ]
    }

    fn of_canceling() -> impl Strategy<Value = Self> {
        prop_oneof![
            2 => pick().prop_map(Self::CancelByShopper),
            1 => (pick(), counts()).prop_map(|(order, written_off)| Self::CancelByStaff { order, written_off }),
            3 => (pick(), any::<bool>()).prop_map(|(order, accepted)| Self::AnswerCancellation { order, accepted }),
            4 => (pick(), prop::bool::weighted(0.8)).prop_map(|(order, exactly)| Self::Collect { order, exactly }),
            2 => (pick(), counts()).prop_map(|(order, sellable)| Self::Refuse { order, sellable }),
            2 => pick().prop_map(Self::Confirm),
        ]
    }

    fn of_returns() -> impl Strategy<Value = Self> {
        prop_oneof![
            4 => (pick(), counts(), prop::bool::weighted(0.7))
                .prop_map(|(order, counts, goods)| Self::AskReturn { order, counts, goods }),
            1 => pick().prop_map(Self::WithdrawReturn),
            4 => (pick(), prop::bool::weighted(0.8)).prop_map(|(ret, approved)| Self::AnswerReturn { ret, approved }),
            3 => pick().prop_map(Self::SendBack),
            5 => (pick(), counts(), counts()).prop_map(|(ret, sellable, damaged)| Self::Arrive { ret, sellable, damaged }),
            3 => (pick(), counts(), any::<bool>())
                .prop_map(|(ret, counts, freight)| Self::RefundReturn { ret, counts, freight }),
            1 => pick().prop_map(Self::CloseReturn),
        ]
    }

    fn of_money() -> impl Strategy<Value = Self> {
        prop_oneof![
            3 => (pick(), counts(), prop::bool::weighted(0.3))
                .prop_map(|(order, counts, freight)| Self::RefundLines { order, counts, freight }),
            2 => (pick(), prop_oneof![Just(1), Just(500), Just(1000), 0..10_000_i64])
                .prop_map(|(order, fen)| Self::RefundAmount { order, fen }),
            5 => (pick(), prop::bool::weighted(0.6)).prop_map(|(refund, done)| Self::AnswerRefund { refund, done }),
            2 => pick().prop_map(Self::Retry),
            1 => pick().prop_map(Self::GiveOtherwise),
        ]
    }
}
