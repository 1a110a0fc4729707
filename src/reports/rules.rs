//! Computes the figures of a month from its payments, refunds and goods.

use rust_decimal::Decimal;
use std::collections::BTreeMap;

use super::model::{FREIGHT, MonthReport, MonthTotals, OTHER, ReportLine, ReportPart};
use crate::{
    invoices::tax_in,
    kernel::{CategoryId, PayMethod, SpuId},
};

/// The payments and refunds of a month by one pay method; amounts in yuan.
#[derive(Clone, Debug)]
pub struct MoneyOfMethod {
    pub pay_method: PayMethod,
    pub orders: i32,
    pub sales: Decimal,
    pub surplus: Decimal,
    pub refund_count: i32,
    pub refunds: Decimal,
    pub surplus_refunds: Decimal,
    pub fees: Decimal,
}

/// The sales and refunds of one product in a month, or of the freight if `product` is `None`. Names are (English,
/// Chinese).
#[derive(Clone, Debug)]
pub struct ProductSales {
    pub product: Option<(SpuId, CategoryId)>,
    /// The tax rate in percent of the product's category; `None` if the standard rate applies.
    pub rate: Option<Decimal>,
    pub names: (String, String),
    pub category_names: (String, String),
    pub units: i64,
    pub sales: Decimal,
    pub refunded_units: i64,
    pub refunds: Decimal,
}

/// Computes the report of a month. The caller sets those figures of `totals` that describe the end of the month; the
/// others are computed here. The rows of each table add up to the month's sales and refunds: amounts that belong to no
/// product get a row of their own. `standard` is the tax rate in percent of freight, and of goods without a rate.
pub fn report(
    mut totals: MonthTotals,
    money: &[MoneyOfMethod],
    goods: &[ProductSales],
    standard: Decimal,
) -> MonthReport {
    let mut lines = Vec::new();
    for one in money {
        add_money(&mut totals, one);
        lines.push(line_of_method(one));
    }
    let freight = goods.iter().filter(|one| one.product.is_none());
    for one in freight {
        totals.freight += one.sales;
        totals.refunded_freight += one.refunds;
    }
    let mut products: Vec<ReportLine> = goods.iter().map(line_of_product).collect();
    let rest = rest_of(&totals, &products);
    products.extend(rest.clone());
    let rates = tax_lines(goods, rest.as_ref(), standard);
    totals.tax = rates.iter().map(|line| line.tax).sum();
    lines.extend(products);
    lines.extend(category_lines(goods, rest));
    lines.extend(rates);
    MonthReport { totals, lines }
}

fn add_money(totals: &mut MonthTotals, one: &MoneyOfMethod) {
    totals.orders += one.orders;
    totals.sales += one.sales;
    totals.refund_count += one.refund_count;
    totals.refunds += one.refunds;
    totals.surplus += one.surplus;
    totals.surplus_refunds += one.surplus_refunds;
    totals.fees += one.fees;
    let received = one.sales + one.surplus;
    match one.pay_method {
        PayMethod::Cod => totals.collected_cash += received,
        PayMethod::Alipay => totals.collected_online += received,
    }
}

fn line_of_method(one: &MoneyOfMethod) -> ReportLine {
    ReportLine {
        units: one.orders.into(),
        sales: one.sales,
        refunded_units: one.refund_count.into(),
        refunds: one.refunds,
        fees: one.fees,
        ..empty_line(ReportPart::PayMethod, one.pay_method.code())
    }
}

fn empty_line(part: ReportPart, key: impl Into<String>) -> ReportLine {
    ReportLine {
        part,
        key: key.into(),
        name_en: String::new(),
        name_zh: String::new(),
        units: 0,
        sales: Decimal::ZERO,
        refunded_units: 0,
        refunds: Decimal::ZERO,
        tax: Decimal::ZERO,
        fees: Decimal::ZERO,
    }
}

fn line_of_product(one: &ProductSales) -> ReportLine {
    let key = one.product.map_or(FREIGHT.to_owned(), |(product, _)| product.to_string());
    let mut line = ReportLine {
        name_en: one.names.0.clone(),
        name_zh: one.names.1.clone(),
        ..empty_line(ReportPart::Product, key)
    };
    add(&mut line, one);
    line
}

fn add(line: &mut ReportLine, one: &ProductSales) {
    line.units += one.units;
    line.sales += one.sales;
    line.refunded_units += one.refunded_units;
    line.refunds += one.refunds;
}

/// Returns a row with the sales and refunds that are in no row of `products`; `None` if there are none.
fn rest_of(totals: &MonthTotals, products: &[ReportLine]) -> Option<ReportLine> {
    let sales = totals.sales - products.iter().map(|line| line.sales).sum::<Decimal>();
    let refunds = totals.refunds - products.iter().map(|line| line.refunds).sum::<Decimal>();
    let is_any = !sales.is_zero() || !refunds.is_zero();
    is_any.then(|| ReportLine { sales, refunds, ..empty_line(ReportPart::Product, OTHER) })
}

fn category_lines(goods: &[ProductSales], rest: Option<ReportLine>) -> Vec<ReportLine> {
    let mut categories: BTreeMap<Option<CategoryId>, ReportLine> = BTreeMap::new();
    for one in goods {
        let category = one.product.map(|(_, category)| category);
        let line = categories.entry(category).or_insert_with(|| ReportLine {
            name_en: one.category_names.0.clone(),
            name_zh: one.category_names.1.clone(),
            ..empty_line(ReportPart::Category, category.map_or(FREIGHT.to_owned(), |id| id.to_string()))
        });
        add(line, one);
    }
    let mut lines: Vec<ReportLine> = categories.into_values().collect();
    lines.sort_by(|one, other| (one.key == FREIGHT, other.sales).cmp(&(other.key == FREIGHT, one.sales)));
    lines.extend(rest.map(|rest| ReportLine { part: ReportPart::Category, ..rest }));
    lines
}

/// Returns a row for each tax rate, highest rate first. The tax is rounded once in each row.
fn tax_lines(goods: &[ProductSales], rest: Option<&ReportLine>, standard: Decimal) -> Vec<ReportLine> {
    let mut rates: BTreeMap<Decimal, ReportLine> = BTreeMap::new();
    let mut add_to = |rate: Decimal, sales: Decimal, refunds: Decimal| {
        let rate = rate.normalize();
        let line = rates.entry(rate).or_insert_with(|| empty_line(ReportPart::TaxRate, rate.to_string()));
        line.sales += sales;
        line.refunds += refunds;
    };
    for one in goods {
        add_to(one.rate.unwrap_or(standard), one.sales, one.refunds);
    }
    if let Some(rest) = rest {
        add_to(standard, rest.sales, rest.refunds);
    }
    let mut lines: Vec<ReportLine> = rates.into_iter().rev().map(|(rate, line)| with_tax(rate, line)).collect();
    lines.retain(|line| !line.sales.is_zero() || !line.refunds.is_zero());
    lines
}

fn with_tax(rate: Decimal, line: ReportLine) -> ReportLine {
    ReportLine { tax: tax_in(line.left(), rate), ..line }
}

/// A figure of a closed month that is different if it is computed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub figure: Figure,
    pub closed: Decimal,
    pub now: Decimal,
}

/// The amounts of a month that can change if an event of the month is recorded after its end, such as a refund that a
/// gateway confirms late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    Sales,
    Refunds,
    Fees,
    Surplus,
    SurplusRefunds,
    CollectedOnline,
    CollectedCash,
}

impl Figure {
    const ALL: [Self; 7] = [
        Self::Sales,
        Self::Refunds,
        Self::Fees,
        Self::Surplus,
        Self::SurplusRefunds,
        Self::CollectedOnline,
        Self::CollectedCash,
    ];

    fn of(self, totals: &MonthTotals) -> Decimal {
        match self {
            Self::Sales => totals.sales,
            Self::Refunds => totals.refunds,
            Self::Fees => totals.fees,
            Self::Surplus => totals.surplus,
            Self::SurplusRefunds => totals.surplus_refunds,
            Self::CollectedOnline => totals.collected_online,
            Self::CollectedCash => totals.collected_cash,
        }
    }
}

/// Returns the figures that have changed since the month was closed, for admins to book the differences in the current
/// month.
pub fn corrections(closed: &MonthTotals, now: &MonthTotals) -> Vec<Correction> {
    let each =
        Figure::ALL.into_iter().map(|figure| Correction { figure, closed: figure.of(closed), now: figure.of(now) });
    each.filter(|one| one.closed != one.now).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(amount: &str) -> Decimal {
        amount.parse().unwrap()
    }

    fn product(id: i64, category: i64, rate: Option<&str>, (sales, refunds): (&str, &str)) -> ProductSales {
        ProductSales {
            product: (id > 0).then_some((SpuId(id), CategoryId(category))),
            rate: rate.map(yuan),
            names: (format!("Product {id}"), format!("商品{id}")),
            category_names: (format!("Category {category}"), format!("分类{category}")),
            units: 2,
            sales: yuan(sales),
            refunded_units: 1,
            refunds: yuan(refunds),
        }
    }

    fn money(pay_method: PayMethod, (sales, refunds): (&str, &str)) -> MoneyOfMethod {
        MoneyOfMethod {
            pay_method,
            orders: 3,
            sales: yuan(sales),
            surplus: yuan("5.00"),
            refund_count: 1,
            refunds: yuan(refunds),
            surplus_refunds: yuan("2.00"),
            fees: yuan("0.60"),
        }
    }

    #[test]
    fn each_table_adds_up_to_the_month() {
        let goods = [
            product(1, 7, None, ("113.00", "11.30")),
            product(2, 7, None, ("200.00", "0.00")),
            product(3, 8, Some("6"), ("106.00", "53.00")),
            product(0, 0, None, ("10.00", "5.00")),
        ];
        let methods = [money(PayMethod::Alipay, ("400.00", "70.00")), money(PayMethod::Cod, ("29.00", "0.00"))];
        let report = report(MonthTotals::default(), &methods, &goods, yuan("13"));
        let totals = &report.totals;
        assert_eq!((totals.orders, totals.sales, totals.refunds), (6, yuan("429.00"), yuan("70.00")));
        assert_eq!((totals.collected_online, totals.collected_cash), (yuan("405.00"), yuan("34.00")));
        assert_eq!((totals.freight, totals.refunded_freight), (yuan("10.00"), yuan("5.00")));
        for part in ReportPart::ALL {
            let lines = report.part(part);
            assert_eq!(lines.iter().map(|line| line.sales).sum::<Decimal>(), totals.sales, "{part:?}");
            assert_eq!(lines.iter().map(|line| line.refunds).sum::<Decimal>(), totals.refunds, "{part:?}");
        }
        let keys: Vec<&str> = report.part(ReportPart::Product).iter().map(|line| line.key.as_str()).collect();
        assert_eq!(keys, ["1", "2", "3", "freight", "other"], "0.70 of the refunds belong to nothing");
        let keys: Vec<&str> = report.part(ReportPart::Category).iter().map(|line| line.key.as_str()).collect();
        assert_eq!(keys, ["7", "8", "freight", "other"]);
        // 306.00 at 13 %: 35.20 (306 − 0.70 refunded of nothing: 305.99); 53.00 at 6 %: 3.00.
        let taxes: Vec<(&str, String)> =
            report.part(ReportPart::TaxRate).iter().map(|line| (line.key.as_str(), line.tax.to_string())).collect();
        assert_eq!(taxes, [("13", "35.20".to_owned()), ("6", "3.00".to_owned())]);
        assert_eq!(totals.tax, yuan("38.20"));
        assert_eq!(totals.net() + totals.tax, totals.sales - totals.refunds);
    }

    #[test]
    fn what_becomes_known_after_the_closing_is_a_correction() {
        let closed = MonthTotals { fees: yuan("1.00"), stock_units: 5, ..MonthTotals::default() };
        let now = MonthTotals { fees: yuan("1.60"), stock_units: 3, ..MonthTotals::default() };
        let found = corrections(&closed, &now);
        assert_eq!(found, [Correction { figure: Figure::Fees, closed: yuan("1.00"), now: yuan("1.60") }]);
        assert_eq!(corrections(&closed, &closed), []);
    }
}
