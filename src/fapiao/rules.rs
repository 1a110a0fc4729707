//! Rules for requests: when a shopper can ask for a fapiao, and which file formats staff can upload.

use chrono::{DateTime, TimeDelta, Utc};
use std::io::Cursor;

use super::model::{FapiaoStatus, FileFormat, OrderToInvoice};
use crate::{invoices::InvoiceSettings, orders::Status};

/// The maximum size of a fapiao file in bytes. The database table has the same limit.
pub const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024;

/// Why a shopper cannot ask for the fapiao of an order, or change the request for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestRefusal {
    /// The shop offers no fapiao.
    Off,
    NotPaid,
    /// Everything that was paid was refunded, or a refund of it is in progress.
    NothingLeft,
    /// The number of days after the payment in which shoppers can ask has passed.
    TooLate,
    /// Staff have issued the fapiao already.
    Issued,
}

/// Checks whether a shopper can ask for the fapiao of an order now, or change the request for it. `latest` is the
/// status of the order's latest request; `None` if it has none.
pub fn check_request(
    settings: &InvoiceSettings,
    order: &OrderToInvoice,
    latest: Option<FapiaoStatus>,
    now: DateTime<Utc>,
) -> Result<(), RequestRefusal> {
    if latest.is_some_and(|status| status != FapiaoStatus::Requested && !status.is_over()) {
        return Err(RequestRefusal::Issued);
    }
    if !settings.fapiao {
        return Err(RequestRefusal::Off);
    }
    let Some(paid_at) = order.paid_at else { return Err(RequestRefusal::NotPaid) };
    if order.status == Status::Canceled || order.left().is_zero() {
        return Err(RequestRefusal::NothingLeft);
    }
    // A change of a request that waits needs no new time.
    let is_new = latest.is_none_or(FapiaoStatus::is_over);
    if is_new && now > paid_at + TimeDelta::days(settings.fapiao_days.into()) {
        return Err(RequestRefusal::TooLate);
    }
    Ok(())
}

/// Returns the format of a file by its content; `None` if it is neither a PDF nor an OFD document.
pub fn file_format(file: &[u8]) -> Option<FileFormat> {
    if is_pdf(file) {
        Some(FileFormat::Pdf)
    } else if is_ofd(file) {
        Some(FileFormat::Ofd)
    } else {
        None
    }
}

/// The number of bytes at the end of a PDF in which `%%EOF` must occur. PDF readers search the same number.
const PDF_TAIL_BYTES: usize = 1024;

fn is_pdf(file: &[u8]) -> bool {
    let tail = file.get(file.len().saturating_sub(PDF_TAIL_BYTES)..).unwrap_or_default();
    let begins = file.starts_with(b"%PDF-1.") || file.starts_with(b"%PDF-2.");
    begins && tail.windows(5).any(|mark| mark == b"%%EOF")
}

/// Returns whether a file is a ZIP archive with `OFD.xml` at its root, as every OFD document has.
fn is_ofd(file: &[u8]) -> bool {
    let is_zip = file.starts_with(b"PK\x03\x04");
    is_zip && zip::ZipArchive::new(Cursor::new(file)).is_ok_and(|archive| archive.index_for_name("OFD.xml").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Money;
    use crate::{invoices::NewInvoiceSettings, kernel::OrderId};
    use rust_decimal::Decimal;
    use std::io::Write;

    fn settings(is_on: bool) -> InvoiceSettings {
        let values = NewInvoiceSettings {
            invoices_from: None,
            tax_rate: Decimal::from(13),
            invoice_prefix: "INV".to_owned(),
            credit_note_prefix: "CRN".to_owned(),
            retention_years: 10,
            fapiao: is_on,
            fapiao_days: 30,
        };
        InvoiceSettings { version: 1, values }
    }

    fn order(paid: i64, refunded: i64) -> OrderToInvoice {
        let money = |fen| Money::new(Decimal::new(fen, 2)).unwrap();
        OrderToInvoice {
            id: OrderId(1),
            number: "26120100000000000000001AAAAAA".parse().unwrap(),
            status: Status::Unsent,
            paid_at: (paid > 0).then_some(DateTime::UNIX_EPOCH),
            paid_amount: money(paid),
            refunded_amount: money(refunded),
        }
    }

    #[test]
    fn a_fapiao_is_for_what_was_paid_lately_and_stays_with_the_shop() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(30);
        let late = now + TimeDelta::seconds(1);
        let check = |is_on, order: &OrderToInvoice, latest, at| check_request(&settings(is_on), order, latest, at);
        assert_eq!(check(true, &order(500, 0), None, now), Ok(()));
        assert_eq!(check(false, &order(500, 0), None, now), Err(RequestRefusal::Off));
        assert_eq!(check(true, &order(0, 0), None, now), Err(RequestRefusal::NotPaid));
        assert_eq!(check(true, &order(500, 499), None, now), Ok(()));
        assert_eq!(check(true, &order(500, 500), None, now), Err(RequestRefusal::NothingLeft));
        assert_eq!(check(true, &order(500, 0), None, late), Err(RequestRefusal::TooLate));
        let canceled = OrderToInvoice { status: Status::Canceled, ..order(500, 0) };
        assert_eq!(check(true, &canceled, None, now), Err(RequestRefusal::NothingLeft));
    }

    #[test]
    fn a_request_can_be_changed_until_it_is_issued_and_made_again_when_it_is_over() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let late = now + TimeDelta::days(100);
        let check = |latest, at| check_request(&settings(true), &order(500, 0), Some(latest), at);
        assert_eq!(check(FapiaoStatus::Requested, now), Ok(()));
        assert_eq!(check(FapiaoStatus::Requested, late), Ok(()), "a typing mistake can be corrected");
        assert_eq!(check(FapiaoStatus::Issued, now), Err(RequestRefusal::Issued));
        assert_eq!(check(FapiaoStatus::ToReverse, now), Err(RequestRefusal::Issued));
        assert_eq!(check(FapiaoStatus::Refused, now), Ok(()));
        assert_eq!(check(FapiaoStatus::Withdrawn, now), Ok(()));
        assert_eq!(check(FapiaoStatus::Withdrawn, late), Err(RequestRefusal::TooLate));
        assert_eq!(check(FapiaoStatus::Reversed, late), Err(RequestRefusal::TooLate));
    }

    fn archive(entry: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(entry, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"<ofd:OFD/>").unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_file_is_told_by_its_content() {
        assert_eq!(file_format(b"%PDF-1.7\n...\n%%EOF\n"), Some(FileFormat::Pdf));
        assert_eq!(file_format(&archive("OFD.xml")), Some(FileFormat::Ofd));
        let far = [b"%PDF-1.7\n%%EOF".as_slice(), &[b' '; 2_000]].concat();
        let half = archive("OFD.xml").into_iter().take(60).collect::<Vec<u8>>();
        for file in [
            b"%PDF-1.7\n...".as_slice(),
            b"<html>%PDF-1.7 %%EOF",
            b"%PDF-9.9 %%EOF",
            b"",
            b"PK\x03\x04",
            b"PK\x03\x04 OFD.xml PK\x05\x06",
            &far,
            &half,
            &archive("xl/workbook.xml"),
            &archive("../OFD.xml"),
        ] {
            assert_eq!(file_format(file), None, "{:?}", file.get(..12));
        }
    }
}
