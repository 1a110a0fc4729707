//! The operations of a story; each is displayed as a sentence.

use proptest::{
    collection::{SizeRange, vec},
    prelude::{Just, Strategy, any, prop_oneof},
    strategy::Union,
};
use std::fmt;

/// An index into [`PEOPLE`].
pub type PersonIndex = usize;

/// The shoppers of a story.
pub const PEOPLE: [&str; 3] = ["Mei", "Ana", "Bo"];

/// An index into [`SKUS`].
pub type SkuIndex = usize;

/// A SKU at the start of a story.
pub struct InitialSku {
    /// Its SPU, from 0.
    pub spu: usize,
    /// Its name on pages.
    pub name: &'static str,
    /// The initial stock.
    pub stock: i32,
    /// The price of one, in fen.
    pub price: i64,
}

/// Little stock of some and more of others, so that stories reach zero and do not always; two SKUs share an SPU.
pub const SKUS: [InitialSku; 4] = [
    InitialSku { spu: 0, name: "Teapot Green", stock: 6, price: 9_550 },
    InitialSku { spu: 0, name: "Teapot Blue", stock: 1, price: 9_550 },
    InitialSku { spu: 1, name: "Lamp", stock: 3, price: 19_900 },
    InitialSku { spu: 2, name: "Soap", stock: 12, price: 330 },
];

/// New prices that staff may set, in fen.
const PRICES: [i64; 3] = [330, 9_550, 21_000];

/// Instead of a number of an order: the latest.
pub const LATEST: usize = usize::MAX;

/// Browser tabs of a shopper, each with its own checkout.
pub const TABS: usize = 2;

/// One operation.
#[derive(Clone, Debug)]
pub enum Operation {
    Add {
        who: PersonIndex,
        sku: SkuIndex,
        count: u32,
    },
    SetCount {
        who: PersonIndex,
        sku: SkuIndex,
        count: u32,
    },
    Remove {
        who: PersonIndex,
        sku: SkuIndex,
    },
    Select {
        who: PersonIndex,
        sku: SkuIndex,
        selected: bool,
    },
    SelectAll {
        who: PersonIndex,
        selected: bool,
    },
    OpenCheckout {
        who: PersonIndex,
        tab: usize,
    },
    Submit(Submit),
    /// A tab sends its last checkout again.
    PressAgain {
        who: PersonIndex,
        tab: usize,
    },
    /// The order is saved, and the process dies before the cart is cleared.
    SubmitAndCrash(Submit),
    Adjust {
        who: PersonIndex,
        take_left: bool,
    },
    AddAddress {
        who: PersonIndex,
    },
    RemoveAddress {
        who: PersonIndex,
    },
    SignOut {
        who: PersonIndex,
    },
    SignIn {
        who: PersonIndex,
    },
    MoveStock {
        sku: SkuIndex,
        delta: i32,
    },
    Reprice {
        sku: SkuIndex,
        price: i64,
    },
    SetActive {
        sku: SkuIndex,
        active: bool,
    },
    SetPublished {
        spu: usize,
        published: bool,
    },
    /// All unpaid orders expire, or only the first of them.
    Expire {
        all: bool,
    },
    /// The shopper begins to pay an order that is to be paid online; `again`: on other terms than before.
    BeginPayment {
        order: usize,
        again: bool,
    },
    /// The gateway says that an attempt is paid; `twice`: at the same moment.
    Notify {
        order: usize,
        attempt: usize,
        twice: bool,
    },
    CancelOrder {
        order: usize,
        by_staff: bool,
    },
    /// Staff give one yuan back, or what the first unit costs of which the money has not gone back.
    Refund {
        order: usize,
        unit: bool,
    },
    /// The gateway answers all refunds that were sent to it.
    AnswerRefunds {
        refused: bool,
    },
    /// What was paid for goods that were sold meanwhile goes back.
    RefundLate,
    Work,
    Flush,
    Reopen,
    /// Several of the other operations, all started before any is finished.
    AtOnce(Vec<Operation>),
}

/// "Place order" in a tab; a tab without a checkout opens one first.
#[derive(Clone, Debug)]
pub struct Submit {
    pub who: PersonIndex,
    pub tab: usize,
    /// Paid online, so the order waits to be paid; otherwise cash on delivery.
    pub online: bool,
    /// Sends a total that is a fen less than the page's.
    pub cheats: bool,
}

/// Operations in their order.
#[derive(Clone)]
pub struct Story(pub Vec<Operation>);

impl Story {
    /// A random story of this many scenes: one operation, several at once, a shopper who comes to buy, or all of them
    /// buying the same SKU.
    pub fn any(scenes: impl Into<SizeRange>) -> impl Strategy<Value = Self> {
        let scene = prop_oneof![
            8 => Operation::check_single().prop_map(|operation| vec![operation]),
            1 => vec(Operation::beside_others(), 2..=3).prop_map(|operations| vec![Operation::AtOnce(operations)]),
            2 => visit(),
            2 => payment(),
            1 => rush(),
        ];
        vec(scene, scenes).prop_map(|scenes| Self(scenes.concat()))
    }
}

/// A shopper adds one or two SKUs and goes to the checkout.
fn visit() -> impl Strategy<Value = Vec<Operation>> {
    let taken = vec((0..SKUS.len(), 1..=3_u32), 1..=2);
    let press = (press(), prop_oneof![4 => Just(false), 1 => Just(true)]);
    (taken, press).prop_map(|(taken, (press, crash))| {
        let who = press.who;
        let taking = taken.into_iter().map(|(sku, count)| Operation::Add { who, sku, count });
        let pressing = if crash { Operation::SubmitAndCrash(press) } else { Operation::Submit(press) };
        taking.chain([pressing]).collect()
    })
}

/// A shopper buys online, goes to pay, and has paid, unless something else comes before.
fn payment() -> impl Strategy<Value = Vec<Operation>> {
    let buying = (who(), 0..SKUS.len(), 1..=2_u32);
    let between =
        prop_oneof![2 => Just(None), 1 => Operation::of_payments().prop_map(Some), 1 => expire().prop_map(Some)];
    (buying, between, any::<bool>()).prop_map(|((who, sku, count), between, twice)| {
        let press = Operation::Submit(Submit { who, tab: 0, online: true, cheats: false });
        let begin = Operation::BeginPayment { order: LATEST, again: false };
        let pay = Operation::Notify { order: LATEST, attempt: 0, twice };
        let scene = [Some(Operation::Add { who, sku, count }), Some(press), Some(begin), between, Some(pay)];
        scene.into_iter().flatten().collect()
    })
}

/// All shoppers order the same SKU, and something else happens at the same time.
fn rush() -> impl Strategy<Value = Vec<Operation>> {
    let wanted = (0..SKUS.len(), vec(1..=2_u32, PEOPLE.len()), vec(any::<bool>(), PEOPLE.len()));
    (wanted, Operation::beside_others()).prop_map(|((sku, counts, online), beside)| {
        let taking = counts.into_iter().enumerate().map(|(who, count)| Operation::Add { who, sku, count });
        let press = |(who, online)| Operation::Submit(Submit { who, tab: 0, online, cheats: false });
        // Three checkouts and another operation have too many interleavings to try all of them.
        let pressing = online.into_iter().enumerate().skip(1).map(press).chain([beside]).collect();
        taking.chain([Operation::AtOnce(pressing)]).collect()
    })
}

impl Operation {
    fn check_single() -> impl Strategy<Value = Self> {
        let sku = 0..SKUS.len();
        Union::new_weighted(vec![
            (24, (who(), sku.clone(), 1..=3_u32).prop_map(|(who, sku, count)| Self::Add { who, sku, count }).boxed()),
            (6, (who(), tab()).prop_map(|(who, tab)| Self::OpenCheckout { who, tab }).boxed()),
            (10, press().prop_map(Self::Submit).boxed()),
            (4, (who(), tab()).prop_map(|(who, tab)| Self::PressAgain { who, tab }).boxed()),
            (3, press().prop_map(Self::SubmitAndCrash).boxed()),
            (4, set_count().boxed()),
            (2, (who(), sku.clone()).prop_map(|(who, sku)| Self::Remove { who, sku }).boxed()),
            (4, select().boxed()),
            (3, (who(), any::<bool>()).prop_map(|(who, selected)| Self::SelectAll { who, selected }).boxed()),
            (4, (who(), any::<bool>()).prop_map(|(who, take_left)| Self::Adjust { who, take_left }).boxed()),
            (5, move_stock().boxed()),
            (3, reprice().boxed()),
            (4, (sku, mostly()).prop_map(|(sku, active)| Self::SetActive { sku, active }).boxed()),
            (2, (0..3_usize, mostly()).prop_map(|(spu, published)| Self::SetPublished { spu, published }).boxed()),
            (4, expire().boxed()),
            (12, Self::of_payments().boxed()),
            (3, Just(Self::Work).boxed()),
            (3, who().prop_map(|who| Self::SignIn { who }).boxed()),
            (2, who().prop_map(|who| Self::SignOut { who }).boxed()),
            (1, who().prop_map(|who| Self::AddAddress { who }).boxed()),
            (1, who().prop_map(|who| Self::RemoveAddress { who }).boxed()),
            (2, Just(Self::Flush).boxed()),
            (1, Just(Self::Reopen).boxed()),
        ])
    }

    /// What happens to an order that is to be paid online.
    fn of_payments() -> impl Strategy<Value = Self> {
        prop_oneof![
            3 => (order(), any::<bool>()).prop_map(|(order, again)| Self::BeginPayment { order, again }),
            4 => notify(),
            2 => cancel_order(),
            2 => (order(), any::<bool>()).prop_map(|(order, unit)| Self::Refund { order, unit }),
            1 => mostly().prop_map(|done| Self::AnswerRefunds { refused: !done }),
            1 => Just(Self::RefundLate),
        ]
    }

    /// An operation that may run beside others.
    fn beside_others() -> impl Strategy<Value = Self> {
        prop_oneof![
            9 => press().prop_map(Self::Submit),
            2 => (who(), tab()).prop_map(|(who, tab)| Self::PressAgain { who, tab }),
            2 => (who(), 0..SKUS.len(), 1..=3_u32).prop_map(|(who, sku, count)| Self::Add { who, sku, count }),
            1 => set_count(),
            1 => (who(), 0..SKUS.len()).prop_map(|(who, sku)| Self::Remove { who, sku }),
            1 => select(),
            1 => move_stock(),
            1 => reprice(),
            1 => expire(),
            3 => notify(),
            1 => cancel_order(),
        ]
    }
}

fn order() -> impl Strategy<Value = usize> {
    prop_oneof![1 => 0..8_usize, 1 => Just(LATEST)]
}

fn notify() -> impl Strategy<Value = Operation> {
    let attempt = prop_oneof![2 => Just(0_usize), 1 => Just(1)];
    (order(), attempt, any::<bool>()).prop_map(|(order, attempt, twice)| Operation::Notify { order, attempt, twice })
}

fn cancel_order() -> impl Strategy<Value = Operation> {
    (order(), any::<bool>()).prop_map(|(order, by_staff)| Operation::CancelOrder { order, by_staff })
}

/// Mei is the most frequent, so that much happens to one cart.
fn who() -> impl Strategy<Value = PersonIndex> {
    prop_oneof![5 => Just(0), 2 => Just(1), 1 => Just(2)]
}

fn tab() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0), 1 => Just(1)]
}

fn mostly() -> impl Strategy<Value = bool> {
    prop_oneof![2 => Just(true), 1 => Just(false)]
}

fn press() -> impl Strategy<Value = Submit> {
    let cheats = prop_oneof![15 => Just(false), 1 => Just(true)];
    (who(), tab(), any::<bool>(), cheats).prop_map(|(who, tab, online, cheats)| Submit { who, tab, online, cheats })
}

fn set_count() -> impl Strategy<Value = Operation> {
    (who(), 0..SKUS.len(), 1..=6_u32).prop_map(|(who, sku, count)| Operation::SetCount { who, sku, count })
}

fn select() -> impl Strategy<Value = Operation> {
    (who(), 0..SKUS.len(), any::<bool>()).prop_map(|(who, sku, selected)| Operation::Select { who, sku, selected })
}

fn move_stock() -> impl Strategy<Value = Operation> {
    let delta = prop_oneof![1..=4_i32, -4..=-1_i32];
    (0..SKUS.len(), delta).prop_map(|(sku, delta)| Operation::MoveStock { sku, delta })
}

fn reprice() -> impl Strategy<Value = Operation> {
    (0..SKUS.len(), 0..PRICES.len()).prop_map(|(sku, price)| Operation::Reprice { sku, price: PRICES[price] })
}

fn expire() -> impl Strategy<Value = Operation> {
    any::<bool>().prop_map(|all| Operation::Expire { all })
}

/// An amount in fen, as a page shows it.
pub fn yuan(fen: i64) -> String {
    let (whole, rest) = (fen / 100, fen % 100);
    match whole / 1000 {
        0 => format!("¥{whole}.{rest:02}"),
        thousands => format!("¥{thousands},{:03}.{rest:02}", whole % 1000),
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |who: &PersonIndex| PEOPLE[*who];
        let sku = |sku: &SkuIndex| sku + 1;
        match self {
            Self::Add { who, sku: what, count } => {
                write!(f, "{} puts {count} of SKU {} into the cart", name(who), sku(what))
            }
            Self::SetCount { who, sku: what, count } => {
                write!(f, "{} sets the count of SKU {} to {count}", name(who), sku(what))
            }
            Self::Remove { who, sku: what } => write!(f, "{} takes SKU {} out of the cart", name(who), sku(what)),
            Self::Select { who, sku: what, selected: true } => write!(f, "{} selects SKU {}", name(who), sku(what)),
            Self::Select { who, sku: what, .. } => write!(f, "{} unselects SKU {}", name(who), sku(what)),
            Self::SelectAll { who, selected: true } => write!(f, "{} selects everything", name(who)),
            Self::SelectAll { who, .. } => write!(f, "{} unselects everything", name(who)),
            Self::OpenCheckout { who, tab } => write!(f, "{} opens the checkout in tab {}", name(who), tab + 1),
            Self::Submit(press) => press.fmt(f),
            Self::PressAgain { who, tab } => write!(f, "{} sends what tab {} sent once more", name(who), tab + 1),
            Self::SubmitAndCrash(press) => write!(f, "{press}, and a crash comes before the cart is cleared"),
            Self::Adjust { who, take_left: true } => write!(f, "{} takes what is left", name(who)),
            Self::Adjust { who, .. } => write!(f, "{} goes without what is gone", name(who)),
            Self::AddAddress { who } => write!(f, "{} adds an address", name(who)),
            Self::RemoveAddress { who } => write!(f, "{} deletes an address", name(who)),
            Self::SignOut { who } => write!(f, "{} signs out", name(who)),
            Self::SignIn { who } => write!(f, "{} signs in", name(who)),
            Self::MoveStock { sku: what, delta } => write!(f, "Chen counts {delta:+} of SKU {}", sku(what)),
            Self::Reprice { sku: what, price } => write!(f, "SKU {} costs {} from now on", sku(what), yuan(*price)),
            Self::SetActive { sku: what, active: true } => write!(f, "SKU {} is sold again", sku(what)),
            Self::SetActive { sku: what, .. } => write!(f, "SKU {} is taken out of the shop", sku(what)),
            Self::SetPublished { spu, published: true } => write!(f, "SPU {} is published again", spu + 1),
            Self::SetPublished { spu, .. } => write!(f, "SPU {} is no longer published", spu + 1),
            Self::Expire { all: false } => write!(f, "the first unpaid order is out of time"),
            Self::Expire { .. } => write!(f, "all unpaid orders are out of time"),
            Self::BeginPayment { order, again } => {
                write!(
                    f,
                    "the shopper of {} begins to pay{}",
                    which(*order),
                    if *again { " on other terms" } else { "" }
                )
            }
            Self::Notify { order, attempt, twice } => {
                write!(f, "the gateway says{} that attempt {} of ", if *twice { " twice" } else { "" }, attempt + 1)?;
                write!(f, "{} is paid", which(*order))
            }
            Self::CancelOrder { order, by_staff: true } => write!(f, "Chen cancels {}", which(*order)),
            Self::CancelOrder { order, .. } => write!(f, "the shopper of {} cancels it", which(*order)),
            Self::Refund { order, unit: true } => write!(f, "Chen refunds a unit of {}", which(*order)),
            Self::Refund { order, .. } => write!(f, "Chen refunds ¥1.00 of {}", which(*order)),
            Self::AnswerRefunds { refused: true } => write!(f, "the gateway refuses all refunds"),
            Self::AnswerRefunds { .. } => write!(f, "the gateway has made all refunds"),
            Self::RefundLate => write!(f, "what was paid for goods that are gone goes back"),
            Self::Work => write!(f, "a worker does what is still owed"),
            Self::Flush => {
                write!(f, "a worker does what is still owed, Redis loses everything, and all open the shop anew")
            }
            Self::Reopen => write!(f, "the shop stops and opens again"),
            Self::AtOnce(operations) => {
                let operations: Vec<String> = operations.iter().map(Self::to_string).collect();
                write!(f, "at once: {}", operations.join(" | "))
            }
        }
    }
}

fn which(order: usize) -> String {
    if order == LATEST { "the latest online order".to_owned() } else { format!("online order {} (or so)", order + 1) }
}

impl fmt::Display for Submit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} places the order in tab {}", PEOPLE[self.who], self.tab + 1)?;
        write!(f, "{}", if self.online { ", to pay online" } else { ", cash on delivery" })?;
        write!(f, "{}", if self.cheats { ", for a fen less than the page said" } else { "" })
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome: Vec<String> = self.0.iter().map(|operation| format!("  {operation}")).collect();
        f.write_str(&outcome.join(";\n"))
    }
}

/// Prints the sentences, which say more than the fields.
impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
