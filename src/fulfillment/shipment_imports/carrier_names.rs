//! Finds the carriers that files name.

use crate::{fulfillment::Carrier, kernel::text};

/// More names of carriers, as (name, code of the carrier), for the carriers that a new shop has: codes that parcel
/// tracking services use, and names that people write.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("yd", "yunda"),
    ("yzpy", "china_post"),
    ("邮政", "china_post"),
    ("邮政包裹", "china_post"),
    ("邮政快递包裹", "china_post"),
    ("邮政ems", "ems"),
    ("京东", "jd"),
    ("联邦", "fedex"),
];
/// Words at the end of a carrier's name that do not distinguish the carrier from others.
const COMMON_WORDS: [&str; 13] = [
    "有限公司",
    "快递",
    "快遞",
    "速递",
    "速遞",
    "速运",
    "速運",
    "快运",
    "物流",
    "标快",
    "特快",
    "express",
    "logistics",
];

/// Returns the carrier with this code or name, in either language. Words such as "Express" may be missing if only one
/// carrier has the rest of the name.
pub(super) fn carrier_named<'c>(carriers: &'c [Carrier], typed: &str) -> Option<&'c Carrier> {
    let wanted = plain_name(typed);
    let has = |carrier: &Carrier, name: &str| {
        [&carrier.code, &carrier.name_en, &carrier.name_zh].into_iter().any(|known| plain_name(known) == name)
    };
    if let Some(carrier) = carriers.iter().find(|carrier| has(carrier, &wanted)) {
        return Some(carrier);
    }
    let short = without_common_words(&wanted);
    let other = OTHER_NAMES.iter().find(|(name, _)| *name == wanted || *name == short);
    if let Some((_, code)) = other {
        return carriers.iter().find(|carrier| carrier.code == *code);
    }
    let is_meant = |carrier: &&Carrier| {
        let names = [&carrier.code, &carrier.name_en, &carrier.name_zh];
        !short.is_empty() && names.into_iter().any(|known| without_common_words(&plain_name(known)) == short)
    };
    let mut meant = carriers.iter().filter(is_meant);
    meant.next().filter(|_| meant.next().is_none())
}

fn plain_name(name: &str) -> String {
    text::fold(name).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn without_common_words(name: &str) -> String {
    let mut rest = name;
    while let Some(shorter) = COMMON_WORDS.iter().find_map(|word| rest.strip_suffix(word)) {
        rest = shorter;
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::CarrierId;

    #[test]
    fn carriers_are_known_by_code_by_both_names_and_by_what_people_write() {
        let carrier = |id, code: &str, name_en: &str, name_zh: &str| {
            let (code, name_en, name_zh) = (code.to_owned(), name_en.to_owned(), name_zh.to_owned());
            Carrier { id: CarrierId(id), code, name_en, name_zh, link: String::new(), active: true }
        };
        let carriers = [
            carrier(1, "sf", "SF Express", "顺丰速运"),
            carrier(2, "zto", "ZTO Express", "中通快递"),
            carrier(3, "ems", "EMS", "中国邮政速递"),
            carrier(4, "china_post", "China Post", "中国邮政"),
        ];
        for (typed, code) in [
            ("SF", "sf"),
            ("顺丰速运", "sf"),
            (" 顺丰 ", "sf"),
            ("顺丰快递", "sf"),
            ("sf-express", "sf"),
            ("ＺＴＯ", "zto"),
            ("中通速递", "zto"),
            ("EMS", "ems"),
            ("中国邮政", "china_post"),
            ("YZPY", "china_post"),
            ("China Post", "china_post"),
        ] {
            assert_eq!(carrier_named(&carriers, typed).map(|carrier| carrier.code.as_str()), Some(code), "{typed}");
        }
        for typed in ["快递", "express", "顺", "x", "---"] {
            assert!(carrier_named(&carriers, typed).is_none(), "{typed}");
        }
    }
}
