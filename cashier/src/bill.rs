//! Bills: a ZIP file with two CSV files in the encoding GBK, which can be downloaded for half a minute by a link.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use chrono::{Months, NaiveDate};
use encoding_rs::GBK;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use crate::amount::Amount;
use crate::clock::{self, BeijingTime};
use crate::ledger::Ledger;
use crate::notification::BUYER_LOGON_ID;
use crate::random;
use crate::trade::{Refund, Trade};

const LINK_LIFETIME: Duration = Duration::from_secs(30);

const DETAIL_COLUMNS: &[&str] = &[
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "商品名称",
    "创建时间",
    "完成时间",
    "门店编号",
    "门店名称",
    "操作员",
    "终端号",
    "对方账户",
    "订单金额（元）",
    "商家实收（元）",
    "支付宝红包（元）",
    "集分宝（元）",
    "支付宝优惠（元）",
    "商家优惠（元）",
    "券核销金额（元）",
    "券名称",
    "商家红包消费金额（元）",
    "卡消费金额（元）",
    "退款批次号/请求号",
    "服务费（元）",
    "分润（元）",
    "备注",
];

const SUMMARY_COLUMNS: &[&str] = &[
    "门店编号",
    "门店名称",
    "交易订单总笔数",
    "退款订单总笔数",
    "订单金额（元）",
    "商家实收（元）",
    "支付宝优惠（元）",
    "商家优惠（元）",
    "卡消费金额（元）",
    "服务费（元）",
    "分润（元）",
    "实收净额（元）",
];

/// A payment or a refund in a bill. The amounts of refunds are negative, as are fees.
pub struct Row {
    trade_no: String,
    out_trade_no: String,
    subject: String,
    created_at: BeijingTime,
    done_at: BeijingTime,
    amount: Amount,
    fee: Amount,
    out_request_no: Option<String>,
    note: String,
}

impl Row {
    fn payment(trade: &Trade, paid_at: BeijingTime) -> Self {
        let amount = trade.request.total_amount;
        let note = trade.request.body.clone().unwrap_or_default();
        Self { out_request_no: None, amount, fee: -amount.fee(), note, ..Self::at(trade, paid_at) }
    }

    fn refund(trade: &Trade, refund: &Refund) -> Self {
        let note = refund.reason.clone().unwrap_or_default();
        let number = refund.out_request_no.clone();
        Self { out_request_no: Some(number), amount: -refund.amount, note, ..Self::at(trade, refund.at) }
    }

    fn at(trade: &Trade, done_at: BeijingTime) -> Self {
        Self {
            trade_no: trade.trade_no.clone(),
            out_trade_no: trade.request.out_trade_no.clone(),
            subject: trade.request.subject.clone(),
            created_at: trade.created_at,
            done_at,
            amount: Amount::ZERO,
            fee: Amount::ZERO,
            out_request_no: None,
            note: String::new(),
        }
    }

    /// Returns the texts of the row's cells. Numbers end in a tab, so that spreadsheets take them for text.
    fn cells(&self) -> Vec<String> {
        let kind = if self.out_request_no.is_some() { "退款" } else { "交易" };
        let zero = || Amount::ZERO.to_string();
        vec![
            format!("{}\t", self.trade_no),
            format!("{}\t", self.out_trade_no),
            kind.to_owned(),
            self.subject.clone(),
            clock::with_seconds(self.created_at),
            clock::with_seconds(self.done_at),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            BUYER_LOGON_ID.to_owned(),
            self.amount.to_string(),
            self.amount.to_string(),
            zero(),
            zero(),
            zero(),
            zero(),
            zero(),
            String::new(),
            zero(),
            zero(),
            self.out_request_no.as_ref().map(|number| format!("{number}\t")).unwrap_or_default(),
            self.fee.to_string(),
            zero(),
            self.note.clone(),
        ]
    }
}

/// The days that a bill covers.
pub struct Period {
    first: NaiveDate,
    /// The day after the last one of the bill.
    end: NaiveDate,
}

impl Period {
    /// Parses a day (`yyyy-MM-dd`) or a month (`yyyy-MM`).
    pub fn parse(bill_date: &str) -> Option<Self> {
        let is_month = bill_date.len() == 7;
        let day = if is_month { format!("{bill_date}-01") } else { bill_date.to_owned() };
        let first = NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok().filter(|date| date.to_string() == day)?;
        let end = if is_month { first.checked_add_months(Months::new(1)) } else { first.succ_opt() };
        Some(Self { first, end: end? })
    }

    fn contains(&self, day: NaiveDate) -> bool {
        self.first <= day && day < self.end
    }
}

/// Returns the payments and refunds of the period, in the order in which they were made.
pub fn rows(ledger: &Ledger, period: &Period) -> Vec<Row> {
    let mut rows = Vec::new();
    for trade in ledger.trades() {
        rows.extend(trade.paid_at.map(|paid_at| Row::payment(trade, paid_at)));
        rows.extend(trade.refunds.iter().map(|refund| Row::refund(trade, refund)));
    }
    rows.retain(|row| period.contains(row.done_at.date()));
    rows.sort_by_key(|row| row.done_at);
    rows
}

/// Returns the ZIP file with both CSV files.
pub fn archive(rows: &[Row], bill_date: &str, period: &Period, seller_id: &str) -> io::Result<Vec<u8>> {
    let name = format!("{seller_id}0156_{}_业务明细", bill_date.replace('-', ""));
    let mut zip = ZipFile::default();
    zip.add(&format!("{name}.csv"), &detail(rows, period, seller_id)?)?;
    zip.add(&format!("{name}(汇总).csv"), &summary(rows, period, seller_id)?)?;
    zip.finish()
}

fn head(title: &str, period: &Period, seller_id: &str) -> String {
    let (first, end) = (period.first.format("%Y年%m月%d日"), period.end.format("%Y年%m月%d日"));
    format!(
        "#支付宝{title}查询\r\n#账号：[{seller_id}0156]\r\n\
         #起始日期：[{first} 00:00:00]   终止日期：[{end} 00:00:00]\r\n"
    )
}

fn detail(rows: &[Row], period: &Period, seller_id: &str) -> io::Result<Vec<u8>> {
    let mut before = head("业务明细", period, seller_id);
    before
        .push_str("#-----------------------------------------业务明细列表----------------------------------------\r\n");
    let mut after =
        "#-----------------------------------------业务明细列表结束------------------------------------\r\n".to_owned();
    for (title, kind) in [("交易合计", false), ("退款合计", true)] {
        let found: Vec<&Row> = rows.iter().filter(|row| row.out_request_no.is_some() == kind).collect();
        let sum: Amount = found.iter().map(|row| row.amount).sum();
        after.push_str(&format!("#{title}：{}笔，商家实收共{sum}元，商家优惠共0.00元\r\n", found.len()));
    }
    after.push_str(&made_at());
    let cells: Vec<Vec<String>> = rows.iter().map(Row::cells).collect();
    file(&before, DETAIL_COLUMNS, &cells, &after)
}

fn summary(rows: &[Row], period: &Period, seller_id: &str) -> io::Result<Vec<u8>> {
    let before = head("业务汇总", period, seller_id);
    let refunds = rows.iter().filter(|row| row.out_request_no.is_some()).count();
    let amount: Amount = rows.iter().map(|row| row.amount).sum();
    let fees: Amount = rows.iter().map(|row| row.fee).sum();
    let zero = Amount::ZERO.to_string();
    let cells = vec![
        String::new(),
        "合计".to_owned(),
        (rows.len() - refunds).to_string(),
        refunds.to_string(),
        amount.to_string(),
        amount.to_string(),
        zero.clone(),
        zero.clone(),
        zero.clone(),
        fees.to_string(),
        zero,
        (amount + fees).to_string(),
    ];
    file(&before, SUMMARY_COLUMNS, &[cells], &made_at())
}

/// Returns a CSV file in the encoding GBK between lines of remarks.
fn file(before: &str, columns: &[&str], rows: &[Vec<String>], after: &str) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let table = writer.into_inner().map_err(|problem| problem.into_error())?;
    let text = format!("{before}{}{after}", String::from_utf8_lossy(&table));
    Ok(GBK.encode(&text).0.into_owned())
}

fn made_at() -> String {
    format!("#导出时间：[{}]\r\n", clock::now().format("%Y年%m月%d日 %H:%M:%S"))
}

/// A ZIP file in memory whose file names are in the encoding GBK, as those of Alipay's bills are.
#[derive(Default)]
struct ZipFile {
    entries: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl ZipFile {
    fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let (name, _, _) = GBK.encode(name);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        let deflated = encoder.finish()?;
        let mut crc = Crc::new();
        crc.update(content);
        let common = [
            &[20, 0, 0, 0, 8, 0][..], // version 2.0, no flags, deflate
            &[0, 0, 0x21, 0],         // midnight of 1980-01-01
            &crc.sum().to_le_bytes(),
            &size(deflated.len())?.to_le_bytes(),
            &size(content.len())?.to_le_bytes(),
            &size(name.len())?.to_le_bytes()[..2],
            &[0, 0],
        ]
        .concat();
        let offset = size(self.entries.len())?.to_le_bytes();
        self.entries.extend([&b"PK\x03\x04"[..], &common, &name, &deflated].concat());
        self.directory.extend([&b"PK\x01\x02\x14\x00"[..], &common, &[0; 10], &offset, &name].concat());
        self.count += 1;
        Ok(())
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        let count = self.count.to_le_bytes();
        let sizes = [size(self.directory.len())?.to_le_bytes(), size(self.entries.len())?.to_le_bytes()].concat();
        let end = [&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &sizes, &[0, 0]].concat();
        Ok([self.entries, self.directory, end].concat())
    }
}

fn size(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(io::Error::other)
}

/// The bills that can be downloaded for a short time, by the random token in their link.
#[derive(Default)]
pub struct BillLinks(HashMap<String, (Instant, Vec<u8>)>);

impl BillLinks {
    /// Adds a bill, and returns the token of its link.
    pub fn add(&mut self, archive: Vec<u8>, now: Instant) -> String {
        self.0.retain(|_, (added_at, _)| now.duration_since(*added_at) < LINK_LIFETIME);
        let token = random::token();
        self.0.insert(token.clone(), (now, archive));
        token
    }

    pub fn get(&self, token: &str, now: Instant) -> Option<&[u8]> {
        let (added_at, archive) = self.0.get(token)?;
        (now.duration_since(*added_at) < LINK_LIFETIME).then_some(archive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_valid_for_half_a_minute() {
        let mut links = BillLinks::default();
        let start = Instant::now();
        let token = links.add(vec![1], start);
        assert_eq!(links.get(&token, start + Duration::from_millis(29_999)), Some(&[1][..]));
        assert_eq!(links.get(&token, start + LINK_LIFETIME), None);
        assert_eq!(links.get("another", start), None);
    }

    #[test]
    fn a_bill_is_of_a_day_or_of_a_month() {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
        let month = Period::parse("2028-02").unwrap();
        assert!(month.contains(day("2028-02-29")) && !month.contains(day("2028-03-01")));
        assert!(!Period::parse("2026-11-28").unwrap().contains(day("2026-11-29")));
        for text in ["2026", "2026-1-1", "2026-13", "2026-02-30", "20261128", ""] {
            assert!(Period::parse(text).is_none(), "{text}");
        }
    }
}
