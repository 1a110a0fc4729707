//! Parses the bill of a day from Alipay: a ZIP archive with a table of payments and refunds (CSV in the encoding GBK,
//! between lines of remarks that begin with `#`), and a summary, which is not read.

use chrono::{NaiveDate, NaiveTime};
use csv::StringRecord;
use encoding_rs::GBK;
use rust_decimal::Decimal;
use std::{
    fmt,
    io::{Cursor, Read},
};
use zip::ZipArchive;

use crate::{
    kernel::Money,
    payments::gateway::{BillLine, BillLineKind},
};

/// The time of day in Beijing from which the bill of the day before can be requested.
#[allow(clippy::expect_used, reason = "a constant")]
pub(in crate::payments) const BILL_TIME: NaiveTime = NaiveTime::from_hms_opt(10, 0, 0).expect("ten is an hour");

/// The maximum size of a bill's archive in bytes: enough for some 300,000 lines, which take less than a hundred bytes
/// each.
pub(super) const MAX_ARCHIVE_LEN: usize = 32 * 1024 * 1024;
/// The maximum size of a bill's table in bytes, decompressed: enough for the largest archive, with some 300 bytes a
/// line.
const MAX_TABLE_LEN: u64 = 128 * 1024 * 1024;

const TRADE_NO: &str = "支付宝交易号";
const PAYMENT_NUMBER: &str = "商户订单号";
const KIND: &str = "业务类型";
const AMOUNT: &str = "订单金额(元)";
const REFUND_NUMBER: &str = "退款批次号/请求号";
const FEE: &str = "服务费(元)";

const PAYMENT: &str = "交易";
const REFUND: &str = "退款";

/// Why a file is not the bill of a day of this merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BillError {
    NotZip,
    /// The archive has no table of payments and refunds, or more than one.
    NoTable,
    TooLarge,
    NotGbk,
    OtherAccount(String),
    OtherDay(NaiveDate),
    MissingColumn(&'static str),
    /// A line of the table cannot be parsed; holds its number, and what is wrong.
    Line(u64, String),
    /// The remark that ends the table is missing, so the file is cut off.
    CutOff,
    /// The remarks state another number of lines than the table has.
    OtherCount {
        kind: &'static str,
        counted: String,
        found: usize,
    },
}

impl fmt::Display for BillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotZip => f.write_str("it is not a zip"),
            Self::NoTable => f.write_str("it has not one table of payments and refunds (业务明细.csv)"),
            Self::TooLarge => write!(f, "its table is larger than {} MB", MAX_TABLE_LEN / 1024 / 1024),
            Self::NotGbk => f.write_str("it is not in GBK"),
            Self::OtherAccount(account) => write!(f, "it is that of account {account}"),
            Self::OtherDay(day) => write!(f, "it is that of {day}"),
            Self::MissingColumn(name) => write!(f, "it has no column {name}"),
            Self::Line(line, problem) => write!(f, "line {line}: {problem}"),
            Self::CutOff => f.write_str("its end is missing"),
            Self::OtherCount { kind, counted, found } => {
                write!(f, "its remarks count {counted} lines of {kind}, but there are {found}")
            }
        }
    }
}

/// Parses the archive of a bill and checks that it is the bill of this seller and day.
pub(super) fn read(archive: &[u8], seller_id: &str, day: NaiveDate) -> Result<Vec<BillLine>, BillError> {
    let table = table(archive, MAX_TABLE_LEN)?;
    let text = GBK.decode_without_bom_handling_and_without_replacement(&table).ok_or(BillError::NotGbk)?;
    let lines = lines(&text)?;
    check_remarks(&text, seller_id, day, &lines)?;
    Ok(lines)
}

/// Returns the content of the archive's file with the table: `…_业务明细.csv`, not the summary `…_业务明细(汇总).csv`.
fn table(archive: &[u8], max_len: u64) -> Result<Vec<u8>, BillError> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|_| BillError::NotZip)?;
    let mut found = None;
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).map_err(|_| BillError::NotZip)?;
        // Names are in GBK as well, or marked as UTF-8.
        let is_table = |name: &str| name.ends_with("业务明细.csv");
        if !is_table(&GBK.decode(file.name_raw()).0) && !file.name().is_ok_and(|name| is_table(&name)) {
            continue;
        }
        if found.is_some() {
            return Err(BillError::NoTable);
        }
        let mut bytes = Vec::new();
        // What the archive says about the size proves nothing.
        file.by_ref().take(max_len + 1).read_to_end(&mut bytes).map_err(|_| BillError::NotZip)?;
        if u64::try_from(bytes.len()).is_ok_and(|len| len > max_len) {
            return Err(BillError::TooLarge);
        }
        found = Some(bytes);
    }
    found.ok_or(BillError::NoTable)
}

fn lines(text: &str) -> Result<Vec<BillLine>, BillError> {
    // A remark that nothing ends would be taken for a line of the table.
    let ended = text.as_bytes().chain(&b"\n"[..]);
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).trim(csv::Trim::All).from_reader(ended);
    let columns = Columns::find(reader.headers().map_err(|error| unreadable(&error))?)?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let at = record.position().map_or(0, csv::Position::line);
        lines.push(columns.line(&record).map_err(|problem| BillError::Line(at, problem))?);
    }
    Ok(lines)
}

fn unreadable(error: &csv::Error) -> BillError {
    BillError::Line(error.position().map_or(0, csv::Position::line), "it is not CSV".to_owned())
}

/// The indexes of the table's columns that the shop reads.
struct Columns {
    trade_no: usize,
    payment_number: usize,
    kind: usize,
    amount: usize,
    refund_number: usize,
    fee: usize,
}

impl Columns {
    fn find(headers: &StringRecord) -> Result<Self, BillError> {
        let names: Vec<String> = headers.iter().map(|name| name.replace('（', "(").replace('）', ")")).collect();
        let at = |name| names.iter().position(|found| found == name).ok_or(BillError::MissingColumn(name));
        Ok(Self {
            trade_no: at(TRADE_NO)?,
            payment_number: at(PAYMENT_NUMBER)?,
            kind: at(KIND)?,
            amount: at(AMOUNT)?,
            refund_number: at(REFUND_NUMBER)?,
            fee: at(FEE)?,
        })
    }

    fn line(&self, record: &StringRecord) -> Result<BillLine, String> {
        let cell = |at: usize, name: &str| record.get(at).ok_or_else(|| format!("{name} is missing"));
        let number = |at: usize, name: &str| {
            let text = cell(at, name)?;
            let fits = (1..=64).contains(&text.len());
            if fits {
                Ok(text.to_owned())
            } else {
                Err(format!("{name} is '{}'", text.chars().take(80).collect::<String>()))
            }
        };
        let (negative, amount) = signed_amount(cell(self.amount, AMOUNT)?, AMOUNT)?;
        let (fee_is_taken, fee) = signed_amount(cell(self.fee, FEE)?, FEE)?;
        let kind = match cell(self.kind, KIND)? {
            PAYMENT if negative => return Err(format!("{AMOUNT} of a payment is negative")),
            PAYMENT => BillLineKind::Payment,
            REFUND => {
                let number = cell(self.refund_number, REFUND_NUMBER)?;
                BillLineKind::Refund(Some(number.to_owned()).filter(|number| !number.is_empty()))
            }
            other => BillLineKind::Other(other.chars().take(80).collect()),
        };
        // Fees that are taken are negative in the bill.
        let fee = if fee_is_taken { fee.amount() } else { Decimal::ZERO - fee.amount() };
        Ok(BillLine {
            kind,
            trade_no: number(self.trade_no, TRADE_NO)?,
            payment_number: number(self.payment_number, PAYMENT_NUMBER)?,
            amount,
            fee,
        })
    }
}

/// Parses an amount. Returns whether a minus sign stands before it, and the amount without sign; zero for an empty
/// cell.
fn signed_amount(text: &str, name: &str) -> Result<(bool, Money), String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let amount = if text.is_empty() { Ok(Money::ZERO) } else { digits.parse() };
    let amount = amount.map_err(|_| format!("{name} is '{}'", text.chars().take(80).collect::<String>()))?;
    Ok((digits.len() < text.len(), amount))
}

/// Fails if the remarks name another account or day or other numbers than those of `lines`, or if the last remarks are
/// missing.
fn check_remarks(text: &str, seller_id: &str, day: NaiveDate, lines: &[BillLine]) -> Result<(), BillError> {
    let remarks: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix('#')).collect();
    // The account is the seller's id with four more digits.
    let account = remarks.iter().find_map(|remark| remark.strip_prefix("账号：")).map(in_brackets);
    if let Some(account) = account.filter(|account| !account.starts_with(seller_id)) {
        return Err(BillError::OtherAccount(account.chars().take(40).collect()));
    }
    let begins = remarks.iter().find_map(|remark| remark.strip_prefix("起始日期：")).map(in_brackets);
    let begins = begins.and_then(|time| NaiveDate::parse_and_remainder(time, "%Y年%m月%d日").ok());
    if let Some((begins, _)) = begins.filter(|(begins, _)| *begins != day) {
        return Err(BillError::OtherDay(begins));
    }
    if !remarks.iter().any(|remark| remark.contains("业务明细列表结束")) {
        return Err(BillError::CutOff);
    }
    for (kind, total) in [(PAYMENT, "交易合计："), (REFUND, "退款合计：")] {
        let counted = remarks.iter().find_map(|remark| remark.strip_prefix(total)?.split_once('笔'));
        let found = lines.iter().filter(|line| kind_name(&line.kind) == kind).count();
        if let Some((counted, _)) = counted.filter(|(counted, _)| counted.parse() != Ok(found)) {
            return Err(BillError::OtherCount { kind, counted: counted.chars().take(20).collect(), found });
        }
    }
    Ok(())
}

fn kind_name(kind: &BillLineKind) -> &str {
    match kind {
        BillLineKind::Payment => PAYMENT,
        BillLineKind::Refund(_) => REFUND,
        BillLineKind::Other(name) => name,
    }
}

/// Returns the text in the first square brackets.
fn in_brackets(text: &str) -> &str {
    let inner = text.split_once('[').map_or(text, |(_, inner)| inner);
    inner.split_once(']').map_or(inner, |(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    const EXAMPLE: &str = include_str!("bill_example.csv");
    const SUMMARY: &str = "#支付宝业务汇总查询\r\n门店编号,门店名称,交易订单总笔数\r\n,合计,2\r\n";

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 29).unwrap()
    }

    /// Returns a ZIP archive of these files, given as (name, content).
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// Returns the archive of a bill with this table, as it is downloaded.
    fn bill(table: &str) -> Vec<u8> {
        let (table, summary) = (GBK.encode(table).0, GBK.encode(SUMMARY).0);
        let name = "20880000000000010156_20261129_业务明细";
        archive(&[(&format!("{name}(汇总).csv"), &*summary), (&format!("{name}.csv"), &*table)])
    }

    fn read_table(table: &str) -> Result<Vec<BillLine>, String> {
        read(&bill(table), "2088000000000001", day()).map_err(|error| error.to_string())
    }

    /// Returns why the example is refused after the text `from` in it was replaced by `to`.
    fn refused(from: &str, to: &str) -> String {
        assert!(EXAMPLE.contains(from), "{from}");
        read_table(&EXAMPLE.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn payments_refunds_and_fees_are_read_from_a_bill() {
        let lines = read_table(EXAMPLE).unwrap();
        let line = |kind, trade: &str, number: &str, amount: &str, fee: i64| BillLine {
            kind,
            trade_no: format!("202611292200140000000000000{trade}"),
            payment_number: number.to_owned(),
            amount: amount.parse().unwrap(),
            fee: Decimal::new(fee, 2),
        };
        let refund = BillLineKind::Refund(Some("20261129093000000001AAAAAA_1_r1".to_owned()));
        let expected = [
            line(BillLineKind::Payment, "1", "20261129093000000001AAAAAA_1", "110.00", 66),
            line(BillLineKind::Payment, "2", "20261129101500000002BBBBBB_2", "0.01", 0),
            line(refund, "1", "20261129093000000001AAAAAA_1", "30.00", -18),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn columns_are_found_by_their_names_and_remarks_that_are_missing_prove_nothing() {
        let table = "业务类型,退款批次号/请求号,新的一列,服务费(元),订单金额(元),支付宝交易号,商户订单号\n\
            交易,,x,,5.00,T1,N1\n退款,,x,,-2.00,T1,N1\n转账,,x,0.00,1.00,T2,N2\n#业务明细列表结束\n";
        let kinds: Vec<BillLineKind> = read_table(table).unwrap().into_iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [BillLineKind::Payment, BillLineKind::Refund(None), BillLineKind::Other("转账".to_owned())]);
        let empty =
            "支付宝交易号,商户订单号,业务类型,订单金额（元）,退款批次号/请求号,服务费（元）\r\n#业务明细列表结束";
        assert_eq!(read_table(empty), Ok(Vec::new()), "a remark is the last line, and nothing ends it");
        assert_eq!(read_table(&EXAMPLE.replace('\n', "\r\n")).map(|lines| lines.len()), Ok(3));
    }

    #[test]
    fn a_bill_of_another_account_or_day_or_with_lines_that_are_missing_is_refused() {
        assert_eq!(refused("[2088000000000001", "[2088000000000002"), "it is that of account 20880000000000020156");
        assert_eq!(refused("起始日期：[2026年11月29日", "起始日期：[2026年11月28日"), "it is that of 2026-11-28");
        assert_eq!(refused("交易合计：2笔", "交易合计：3笔"), "its remarks count 3 lines of 交易, but there are 2");
        assert_eq!(refused("退款合计：1笔", "退款合计：x笔"), "its remarks count x lines of 退款, but there are 1");
        let (cut, _) = EXAMPLE.split_once("#-----------------------------------------业务明细列表结束").unwrap();
        assert_eq!(read_table(cut).unwrap_err(), "its end is missing");
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_with_its_number() {
        assert_eq!(refused(",订单金额（元）", ",金额"), "it has no column 订单金额(元)");
        assert_eq!(refused("110.00,110.00", "-110.00,110.00"), "line 6: 订单金额(元) of a payment is negative");
        assert_eq!(refused("110.00,110.00", "1e2,110.00"), "line 6: 订单金额(元) is '1e2'");
        assert_eq!(refused("110.00,110.00", "110.001,110.00"), "line 6: 订单金额(元) is '110.001'");
        assert_eq!(refused("-0.66", "--0.66"), "line 6: 服务费(元) is '--0.66'");
        assert_eq!(refused("2026112922001400000000000002\t", "\t"), "line 7: 支付宝交易号 is ''");
        let long = "1".repeat(65);
        assert!(refused("2026112922001400000000000002\t", &long).starts_with("line 7: 支付宝交易号 is '1111"));
        let (head, _) = EXAMPLE.split_once("2026112922001400000000000001").unwrap();
        assert_eq!(read_table(&format!("{head}T1,N1,交易\n")).unwrap_err(), "line 6: 订单金额(元) is missing");
        assert_eq!(read_table("").unwrap_err(), "it has no column 支付宝交易号");
    }

    #[test]
    fn what_is_no_archive_of_one_table_is_refused() {
        let read = |archive: &[u8]| read(archive, "2088000000000001", day()).unwrap_err();
        let table = GBK.encode(EXAMPLE).0.into_owned();
        assert_eq!(read(b""), BillError::NotZip);
        assert_eq!(read(b"<h1>502 Bad Gateway</h1>"), BillError::NotZip);
        assert_eq!(read(&archive(&[("a_业务明细(汇总).csv", &*table)])), BillError::NoTable);
        assert_eq!(read(&archive(&[("a_业务明细.csv", &*table), ("b_业务明细.csv", &*table)])), BillError::NoTable);
        assert_eq!(read(&archive(&[("业务明细.csv", &[0xff, 0xff, 0xff])])), BillError::NotGbk);
        let whole = bill(EXAMPLE);
        assert_eq!(read(&whole[..whole.len() / 2]), BillError::NotZip);
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused_whatever_it_says_about_its_size() {
        let zeros = archive(&[("业务明细.csv", &vec![0; 1_000_001])]);
        assert!(zeros.len() < 10_000);
        assert_eq!(super::table(&zeros, 1_000_000), Err(BillError::TooLarge));
        assert_eq!(super::table(&zeros, 1_000_001).unwrap().len(), 1_000_001);
    }

    proptest::proptest! {
        #[test]
        fn whatever_stands_in_a_bill_it_is_read_or_refused(cut in 0_usize..900, noise in "[\\x00-\\u{ffff}]{0,20}") {
            let at = EXAMPLE.char_indices().map(|(at, _)| at).nth(cut).unwrap_or_default();
            let (before, after) = EXAMPLE.split_at(at);
            let _ = read_table(&format!("{before}{noise}{after}"));
            let _ = read(noise.as_bytes(), "", day());
        }
    }
}
