//! Parses the forms of fapiao. The functions return `None` and add errors to the form if a field is wrong.

use super::model::{FapiaoKind, FapiaoRequest, FileFormat, NewFapiaoRequest, TitleKind};
use crate::{
    kernel::{Email, TaxpayerNumber, text},
    messages::Messages,
    web::{Form, UploadResult},
};

/// The maximum number of fapiao for one request: if one cannot hold all order lines, staff issue several, each with a
/// number of its own.
pub const MAX_NUMBERS: usize = 10;
/// The maximum length of the reason for a refusal, in characters.
pub const MAX_REFUSAL_LEN: usize = 500;

impl FapiaoRequest {
    /// Returns the form filled with the data of this request.
    pub fn form(&self) -> Form {
        let typed = &self.typed;
        Form::filled([
            ("fapiao_kind", typed.kind.code().to_owned()),
            ("title_kind", typed.title_kind.code().to_owned()),
            ("fapiao_title", typed.title.clone()),
            ("taxpayer_number", typed.taxpayer_number.clone()),
            ("company_address", typed.address.clone()),
            ("company_phone", typed.phone.clone()),
            ("bank", typed.bank.clone()),
            ("bank_account", typed.bank_account.clone()),
            ("email", Email::shown(&typed.email)),
        ])
    }
}

/// Parses a shopper's request. A person needs a name; a company needs a taxpayer number too; a special fapiao needs all
/// fields. All need an email address. Fields for companies are ignored for a person.
pub fn request(form: &mut Form, t: Messages) -> Option<NewFapiaoRequest> {
    let kind = FapiaoKind::from_code(form.value("fapiao_kind"));
    if kind.is_none() {
        form.fail("fapiao_kind", t.field_needed());
    }
    let title_kind = TitleKind::from_code(form.value("title_kind"));
    match (kind, title_kind) {
        (_, None) => form.fail("title_kind", t.field_needed()),
        (Some(FapiaoKind::Special), Some(TitleKind::Person)) => {
            form.fail("title_kind", t.fapiao_special_needs_company());
        }
        _ => {}
    }
    let title = form.line("fapiao_title", 1..=100, t);
    let email = form.parsed::<Email>("email", t.email_wrong(), t);
    let new = match (kind?, title_kind?) {
        (kind, TitleKind::Company) => company(form, kind, t),
        (kind, title_kind) => Some(NewFapiaoRequest {
            kind,
            title_kind,
            title: String::new(),
            taxpayer_number: String::new(),
            address: String::new(),
            phone: String::new(),
            bank: String::new(),
            bank_account: String::new(),
            email: String::new(),
        }),
    };
    let (title, email, new) = (title?, email?, new?);
    (!form.has_errors()).then(|| NewFapiaoRequest { title, email: email.to_string(), ..new })
}

/// Parses the fields of a company. The title and the email address of the result are empty.
fn company(form: &mut Form, kind: FapiaoKind, t: Messages) -> Option<NewFapiaoRequest> {
    let min = usize::from(kind == FapiaoKind::Special);
    let taxpayer_number = form.parsed::<TaxpayerNumber>("taxpayer_number", t.fapiao_taxpayer_wrong(), t);
    let address = form.line("company_address", min..=200, t);
    let phone = form.folded("company_phone", min..=40, t);
    let bank = form.line("bank", min..=100, t);
    let bank_account = bank_account(form, min, t);
    let phone = phone.filter(|phone| {
        let is_phone = phone.chars().all(|c| c.is_ascii_digit() || " -+()#*".contains(c));
        if !is_phone {
            form.fail("company_phone", t.phone_wrong());
        }
        is_phone
    });
    Some(NewFapiaoRequest {
        kind,
        title_kind: TitleKind::Company,
        title: String::new(),
        taxpayer_number: taxpayer_number?.to_string(),
        address: address?,
        phone: phone?,
        bank: bank?,
        bank_account: bank_account?,
        email: String::new(),
    })
}

/// Parses a bank account number of 5 to 32 digits, without spaces and hyphens between them. The field may be empty if
/// `min` is 0.
fn bank_account(form: &mut Form, min: usize, t: Messages) -> Option<String> {
    let typed = form.folded("bank_account", min..=60, t)?.replace([' ', '-'], "");
    let is_account = (5..=32).contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_digit());
    if is_account || typed.is_empty() && min == 0 {
        return Some(typed);
    }
    form.fail("bank_account", t.fapiao_account_wrong());
    None
}

/// Parses the field `numbers`: numbers of issued fapiao, of 8 to 20 digits each, separated by commas, semicolons,
/// spaces or line breaks.
pub fn numbers(form: &mut Form, t: Messages) -> Option<Vec<String>> {
    let typed = form.lines("numbers", 1..=400, t)?;
    let typed = text::fold(&typed);
    let mut numbers: Vec<String> = Vec::new();
    for number in typed.split(|c: char| c.is_whitespace() || ",;、。，；".contains(c)).filter(|one| !one.is_empty())
    {
        let is_number = (8..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            form.fail("numbers", t.fapiao_number_wrong(number));
            return None;
        }
        if !numbers.iter().any(|other| other == number) {
            numbers.push(number.to_owned());
        }
    }
    if numbers.is_empty() || numbers.len() > MAX_NUMBERS {
        form.fail("numbers", t.fapiao_numbers_wrong(MAX_NUMBERS));
        return None;
    }
    Some(numbers)
}

/// Parses the field `refusal`: the reason why staff issue no fapiao.
pub fn refusal(form: &mut Form, t: Messages) -> Option<String> {
    form.lines("refusal", 1..=MAX_REFUSAL_LEN, t)
}

/// The uploaded file of a fapiao with its format, or nothing if no file was chosen.
#[derive(Debug, PartialEq, Eq)]
pub enum UploadedFapiao {
    Nothing,
    File(FileFormat, Vec<u8>),
}

/// Checks the size of an uploaded file, and finds out its format from its content.
pub fn file(form: &mut Form, uploaded: UploadResult<Vec<u8>>, t: Messages) -> Option<UploadedFapiao> {
    let wrong = match uploaded {
        UploadResult::Nothing => return Some(UploadedFapiao::Nothing),
        UploadResult::TooLarge => t.fapiao_file_too_large(super::MAX_FILE_BYTES / 1024 / 1024),
        UploadResult::File { content, .. } => match super::rules::file_format(&content) {
            Some(format) => return Some(UploadedFapiao::File(format, content)),
            None => t.fapiao_file_wrong().to_owned(),
        },
    };
    form.fail("file", wrong);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Language;

    const T: Messages = Messages(Language::En);
    const NUMBER: &str = "91350100M000100Y43";

    fn form(fields: &[(&'static str, &str)]) -> Form {
        let mut form =
            Form::filled([("fapiao_title", "Lin's Tea".to_owned()), ("email", "lin@tea.example".to_owned())]);
        for (field, typed) in fields {
            form.set(field, *typed);
        }
        form
    }

    #[test]
    fn a_person_needs_a_name_and_an_email_address() {
        let mut typed =
            form(&[("fapiao_kind", "ordinary"), ("title_kind", "person"), ("taxpayer_number", "typed before")]);
        let request = request(&mut typed, T).unwrap();
        assert_eq!((request.title.as_str(), request.taxpayer_number.as_str()), ("Lin's Tea", ""));
        let mut empty = Form::filled([("fapiao_kind", "ordinary".to_owned()), ("title_kind", "person".to_owned())]);
        assert_eq!(super::request(&mut empty, T), None);
        assert!(empty.error("fapiao_title").is_some() && empty.error("email").is_some());
    }

    #[test]
    fn a_company_needs_a_right_taxpayer_number() {
        let company = [("fapiao_kind", "ordinary"), ("title_kind", "company")];
        let mut right = form(&[company[0], company[1], ("taxpayer_number", "９１350100-m000100y43")]);
        assert_eq!(request(&mut right, T).unwrap().taxpayer_number, NUMBER);
        for (number, words) in [("", T.field_needed()), ("91350100M000100Y44", T.fapiao_taxpayer_wrong())] {
            let mut wrong = form(&[company[0], company[1], ("taxpayer_number", number)]);
            assert_eq!(request(&mut wrong, T), None);
            assert_eq!(wrong.error("taxpayer_number"), Some(words));
        }
    }

    #[test]
    fn a_special_fapiao_is_for_a_company_and_needs_all_fields() {
        let special = ("fapiao_kind", "special");
        let mut person = form(&[special, ("title_kind", "person")]);
        assert_eq!(request(&mut person, T), None);
        assert_eq!(person.error("title_kind"), Some(T.fapiao_special_needs_company()));
        let mut missing = form(&[special, ("title_kind", "company")]);
        assert_eq!(request(&mut missing, T), None);
        for field in ["taxpayer_number", "company_address", "company_phone", "bank", "bank_account"] {
            assert_eq!(missing.error(field), Some(T.field_needed()), "{field}");
        }
        let all = [
            special,
            ("title_kind", "company"),
            ("taxpayer_number", NUMBER),
            ("company_address", "福州市五一路 1 号"),
            ("company_phone", "0591-8888 0000"),
            ("bank", "工商银行福州分行"),
            ("bank_account", "6222 0200 1234 5678"),
        ];
        assert_eq!(request(&mut form(&all), T).unwrap().bank_account, "6222020012345678");
        for (field, typed) in [("company_phone", "call me"), ("bank_account", "12"), ("bank_account", "12AB5678")] {
            let mut wrong = form(&all);
            wrong.set(field, typed);
            assert_eq!(request(&mut wrong, T), None, "{field}");
            assert_eq!(wrong.errors().len(), 1, "{field}");
        }
    }

    #[test]
    fn an_unknown_kind_is_no_kind() {
        for (kind, title_kind) in [("gold", "person"), ("", ""), ("ordinary", "ghost")] {
            assert_eq!(request(&mut form(&[("fapiao_kind", kind), ("title_kind", title_kind)]), T), None);
        }
    }

    #[test]
    fn numbers_are_digits_in_any_separation() {
        let read = |typed: &str| numbers(&mut Form::filled([("numbers", typed.to_owned())]), T);
        let one = "25312000000012345678".to_owned();
        assert_eq!(read("２5312000000012345678"), Some(vec![one.clone()]));
        let two = read("25312000000012345678，\r\n12345678, 12345678");
        assert_eq!(two, Some(vec![one, "12345678".to_owned()]));
        for wrong in ["", ",", "1234567", "253120000000123456789", "12345678a", "=1+12345678"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let many: Vec<String> = (0..=MAX_NUMBERS).map(|n| format!("{}", 10_000_000 + n)).collect();
        assert_eq!(read(&many.join(" ")), None);
    }

    #[test]
    fn a_file_is_a_pdf_or_an_ofd_document() {
        let upload = |content: &[u8]| UploadResult::File { name: "a.pdf".to_owned(), content: content.to_vec() };
        let pdf = b"%PDF-1.4 %%EOF";
        let right = file(&mut Form::default(), upload(pdf), T);
        assert_eq!(right, Some(UploadedFapiao::File(FileFormat::Pdf, pdf.to_vec())));
        assert_eq!(file(&mut Form::default(), UploadResult::Nothing, T), Some(UploadedFapiao::Nothing));
        for wrong in [upload(b"<script>"), upload(b""), UploadResult::TooLarge] {
            let mut form = Form::default();
            assert_eq!(file(&mut form, wrong, T), None);
            assert!(form.error("file").is_some());
        }
    }
}
