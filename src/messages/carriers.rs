//! Messages of the admin pages of carriers.

use super::messages;

messages! {
    carriers = "Carriers", "快递公司";
    carriers_words = "Who takes parcels to shoppers. A carrier that is switched off is not offered for new parcels.", "负责配送的快递公司。停用后，新包裹不再能选择它。";
    carriers_none = "No carrier yet", "还没有快递公司";
    carriers_none_hint = "Parcels are sent with a carrier: add the first one.", "发货须选择快递公司，请先添加一家。";
    carrier = "Carrier", "快递公司";
    carrier_new = "New carrier", "添加快递公司";
    carrier_create = "Add", "添加";
    carrier_code = "Short code", "代码";
    carrier_code_hint = "Small letters, digits and “_”, such as “sf”. Files name the carrier by it; it cannot be changed later.", "小写字母、数字和下划线，例如 sf。发货文件中可用它指代该公司，之后不可更改。";
    carrier_code_wrong = "2 to 20 small letters, digits and “_”, please.", "请填写 2 至 20 个小写字母、数字或下划线。";
    carrier_code_taken = "Another carrier has this code.", "该代码已被其他快递公司使用。";
    carrier_link = "Link to follow a parcel", "查询链接";
    carrier_link_hint = "The carrier’s page for a parcel, with {number} in place of the tracking number. Left empty, shoppers see the number without a link.", "快递公司的查询页面，用 {number} 代替运单号。留空则顾客只看到运单号，没有链接。";
    carrier_link_wrong = "An address that begins with https:// and has {number} after the name of the site, please.", "请填写以 https:// 开头的网址，并在域名之后包含 {number}。";
    carrier_active = "Offered for new parcels", "可用于新包裹";
    carrier_is_active = "In use", "使用中";
    carrier_is_off = "Switched off", "已停用";
    carrier_no_link = "No link", "无链接";
    carrier_created = "Carrier added.", "已添加快递公司。";
    carrier_removed = "Carrier removed.", "已删除快递公司。";
    carrier_remove = "Remove this carrier", "删除此快递公司";
    carrier_remove_hint = "Only a carrier without parcels can be removed. Any other can be switched off.", "只有没有包裹的快递公司才能删除，其他的可以停用。";
    carrier_has_parcels = "Parcels were sent with it, so it cannot be removed. It can be switched off.", "已有包裹使用它，不能删除，可以停用。";
    audit_action_create_carrier = "Add a carrier", "添加快递公司";
    audit_action_edit_carrier = "Edit a carrier", "修改快递公司";
    audit_action_remove_carrier = "Remove a carrier", "删除快递公司";
}
