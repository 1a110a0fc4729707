//! What people read about their accounts and addresses.

use super::messages;

messages! {
    default_address = "Default", "默认";
    address_recipient = "Recipient", "收件人";
    address_phone = "Phone", "手机号码";
    address_region = "Region", "所在地区";
    address_region_hint = "Province, city, district", "省、市、区";
    address_street = "Street and number", "详细地址";
    address_postcode = "Postcode", "邮政编码";
    address_make_default = "Make this my default address", "设为默认地址";
    phone_wrong = "This is not a phone number.", "这不是有效的电话号码。";
    postcode_wrong = "Only letters, digits, spaces and hyphens, please.", "邮政编码只能包含字母、数字、空格和连字符。";
    address_book_full(most) = "Your address book is full: it holds {most} addresses. Please delete one first.", "收货地址已满：最多保存 {most} 个，请先删除一个。";
}
