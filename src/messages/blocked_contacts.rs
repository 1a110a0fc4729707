//! Messages of the list of blocked contacts, from which the shop takes no orders.

use super::messages;

messages! {
    contact_phone = "Phone", "电话";
    contact_email = "Email", "邮箱";
    contact_address = "Address", "地址";

    blocked_contacts = "Block list", "黑名单";
    blocked_contacts_words = "The shop takes no orders with these contacts, however they are written. Orders that were placed before stay as they are.", "使用以下联系方式（不论写法）的订单，本店一律不接。此前已下的订单不受影响。";
    blocked_contacts_search = "Contact or reason", "联系方式或原因";
    blocked_contacts_kind = "Kind", "类型";
    blocked_contacts_all = "All kinds", "全部类型";
    blocked_contacts_none = "Nobody is blocked", "黑名单为空";
    blocked_contacts_none_words = "Block a contact below, or on the page of its order.", "可在下方添加，也可在订单页添加。";
    blocked_contacts_none_like_this = "Nothing on the list is like this", "没有符合条件的记录";
    blocked_contact = "Contact", "联系方式";
    blocked_contact_hint = "A phone number, an email address, or region and street", "电话号码、邮箱地址，或省市区与详细地址";
    blocked_contact_reason = "Why it is blocked", "拉黑原因";
    blocked_contact_by = "By", "操作人";
    blocked_contact_at = "Since", "时间";
    blocked_contact_add_title = "Block a contact", "添加黑名单";
    blocked_contact_add = "Block", "加入黑名单";
    blocked_contact_added = "The shop takes no more orders from this contact.", "已加入黑名单，本店不再接受该联系方式的订单。";
    blocked_contact_again = "This contact is blocked already, perhaps written in another way.", "该联系方式已在黑名单中（写法可能不同）。";
    blocked_contact_odd = "Nothing that could be compared is left of this contact.", "该联系方式没有可供比对的内容。";
    blocked_contact_remove = "Take off the list", "移出黑名单";
    blocked_contact_remove_which(contact) = "Take {contact} off the list", "将 {contact} 移出黑名单";
    blocked_contact_removed = "This contact may order again.", "已移出黑名单，该联系方式可以重新下单。";
    blocked_contact_removed_before = "This contact was taken off the list already.", "该联系方式此前已移出黑名单。";

    order_block_title = "Block a contact", "拉黑联系方式";
    order_block_words = "The shop takes no more orders from it. This order stays as it is.", "拉黑后本店不再接受其新订单，本单不受影响。";
    order_block_phone = "Block the phone", "拉黑电话";
    order_block_email = "Block the email address", "拉黑邮箱";
    order_block_address = "Block the address", "拉黑地址";
    order_blocked_title = "A contact of this order is blocked", "本单的联系方式在黑名单中";
    order_blocked_entry(kind, name, at) = "{kind}, by {name} on {at}:", "{kind}（{name} 于 {at} 添加）：";

    checkout_blocked_title = "We cannot take this order", "本店无法接受此订单";
    checkout_blocked = "Nothing was ordered and nothing was charged. All you typed is still here.", "未下单，也未产生任何费用。您填写的内容都还在。";
    checkout_blocked_contact(contact) = "If you think this is a mistake, please get in touch with us: {contact}", "如您认为有误，请与我们联系：{contact}";

    audit_action_block_contact = "Block a contact", "拉黑联系方式";
    audit_action_unblock_contact = "Take a contact off the block list", "移出黑名单";
}
