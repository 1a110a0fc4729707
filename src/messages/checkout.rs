//! Messages of the checkout.

use super::messages;

messages! {
    checkout = "Checkout", "结算";
    checkout_address = "Where to", "收货地址";
    checkout_default = "Default", "默认";
    checkout_no_address = "No address yet: where should this go?", "还没有收货地址，请先填写。";
    checkout_add_address = "Add an address", "新增地址";
    checkout_save_address = "Save and use this address", "保存并使用该地址";
    checkout_goods = "Goods", "商品";
    checkout_back_to_cart = "Back to the cart", "返回购物车";
    checkout_note_label = "Note", "备注";
    checkout_note_hint(most) = "For the people who pack it, up to {most} characters", "写给打包的同事，最多 {most} 字";
    checkout_to_pay = "To pay", "应付";
    checkout_place = "Place order", "提交订单";
    checkout_total_guarantee = "You pay exactly this total, or we ask you again first.", "您将按此金额付款；若有变动，我们会先征得您同意。";
    checkout_choose_first = "Select what you want to buy, then go to the checkout.", "请先选择要购买的商品，再去结算。";

    checkout_choose_address = "Please choose an address.", "请选择收货地址。";
    checkout_choose_pay_method = "Please choose how to pay.", "请选择支付方式。";
    checkout_token_wrong = "This form is incomplete. Please open the checkout again.", "表单不完整，请重新打开结算页。";
    checkout_total_wrong = "This form is incomplete. Please look at the total and place the order again.", "表单不完整，请核对金额后重新提交。";
    checkout_too_much = "This order is larger than we can take at once. Please split it.", "订单金额超出上限，请分次下单。";
    checkout_pay_method_not_offered = "This way to pay is not offered here. Please choose another.", "本店暂不支持该支付方式，请选择其他方式。";
    checkout_address_gone = "This address is not in your address book any more. Please choose an address.", "该地址已不在您的地址簿中，请重新选择收货地址。";
    checkout_address_changed = "This address has changed since you saw it. Please check it, and place the order again.", "该地址在您打开页面后已被修改，请核对后再次提交。";
    checkout_book_full(most) = "Your address book is full: it holds {most} addresses. Nothing was ordered. Delete one in your address book, or choose one above.", "收货地址已满：最多保存 {most} 个。尚未下单，请先在地址簿中删除一个，或选择上方已有地址。";
    checkout_book_full_hint(most) = "Your address book holds {most} addresses, and is full. To have this sent elsewhere, delete one first.", "收货地址已满（最多 {most} 个）。如需寄往其他地址，请先删除一个。";
    checkout_new_address_rule = "What you type here is where this order goes, whatever is chosen above; it is saved in your address book. Leave it empty to use an address from above.", "在此填写的地址即为本单的收货地址，优先于上方的选择，并会保存到地址簿。如使用上方的地址，请将此处留空。";
    checkout_goes_to_rule = "It goes to the address chosen under “Where to”, or to the one you type there.", "商品将寄往“收货地址”中选择或填写的地址。";
    checkout_goes_to = "Goes to", "寄往";
    checkout_goes_to_new = "the new address", "新地址";

    checkout_signed_out = "You were signed out. Nothing was ordered, and what you typed is kept: sign in to go on.", "您已退出登录。尚未下单，填写的内容已保留，请登录后继续。";
    checkout_nothing_title = "Nothing is selected", "没有选中的商品";
    checkout_nothing = "Nothing was ordered. Go back to the cart and select what you want to buy.", "未下单。请返回购物车选择要购买的商品。";
    checkout_out_of_stock_title = "There is not enough left", "库存不足";
    checkout_out_of_stock = "Nothing was ordered and nothing was charged.", "未下单，也未产生任何费用。";
    checkout_wanted = "Wanted", "需要";
    checkout_left = "Left", "剩余";
    checkout_gone = "no longer sold", "已下架";
    checkout_take_left = "Take what is left", "按剩余数量购买";
    checkout_without = "Order the rest without it", "不要缺货商品，购买其余";
    checkout_change_cart = "Change the cart", "修改购物车";
    checkout_open_title = "You have open orders to settle first", "请先处理未完成的订单";
    checkout_open(most) = "Nothing was ordered. {most} of your orders are not paid for yet, and one account may have no more than that at once. You can order again as soon as one of them is paid, on its way or canceled.", "未下单。您有 {most} 个订单尚未付款，每个账户同时最多只能有这么多。其中任意一个付款、发货或取消后，即可再次下单。", one "Nothing was ordered. {most} of your orders is not paid for yet, and one account may have no more than that at once. You can order again as soon as it is paid, on its way or canceled.";
    checkout_expired_title = "Too many of your orders were not paid in time", "您有多个订单未按时付款";
    checkout_expired(most) = "Nothing was ordered. {most} of your orders were not paid in time in the last 24 hours, so none can wait to be paid just now. Choose to pay on delivery, or order again tomorrow.", "未下单。过去 24 小时内，您有 {most} 个订单未按时付款，暂时不能再提交待付款订单。请选择货到付款，或明天再来下单。", one "Nothing was ordered. {most} of your orders was not paid in time in the last 24 hours, so none can wait to be paid just now. Choose to pay on delivery, or order again tomorrow.";
    checkout_pieces_title = "That is more than one account may have unpaid", "超出每个账户未付款的数量上限";
    checkout_pieces = "Nothing was ordered. So that there is something for everybody, one account may have only so many pieces in orders that are not paid for yet. Lower the count, or come back when your open orders are paid, on their way or canceled.", "未下单。为了让大家都能买到，每个账户在未付款订单中的件数有上限。请减少数量，或等未完成的订单付款、发货或取消后再来。";
    checkout_pieces_most = "At most", "上限";
    checkout_pieces_held = "You have", "已占用";
    checkout_pieces_product = "all kinds together", "所有规格合计";
    checkout_too_often_title = "The order was sent too often", "提交过于频繁";
    checkout_too_often(minutes) = "Nothing was ordered this time. All you typed is still here: please place the order again in {minutes} minutes.", "本次未下单。您填写的内容都还在，请 {minutes} 分钟后再提交。", one "Nothing was ordered this time. All you typed is still here: please place the order again in {minutes} minute.";
    checkout_changed_title = "The total changed while you were here", "金额有变动";
    checkout_changed = "Nothing was ordered yet. Have a look, and place the order again if it suits you.", "尚未下单。请核对新的金额，满意后再次提交。";
    checkout_before = "Before", "变动前";
    checkout_now = "Now", "变动后";
    checkout_outdated_title = "This page was out of date", "页面内容已过期";
    checkout_outdated = "Nothing was ordered. Below is your cart as it is now: have a look, and place the order again if it suits you.", "尚未下单。下方是购物车的最新内容，请核对后再次提交。";
    checkout_queue_full_title = "The shop is very busy right now", "现在下单的人很多";
    checkout_queue_full = "Nothing was ordered and nothing was charged. All you typed is still here: please place the order again in a moment.", "未下单，也未产生任何费用。您填写的内容都还在，请稍后再次提交。";
    checkout_outcome_unknown_title = "We lost touch before your order was confirmed", "未能确认订单是否已生成";
    checkout_outcome_unknown = "All you typed is still here: please place the order again in a moment. If it was placed after all you are led to it, and there is never a second one.", "您填写的内容都还在，请稍后再次提交。若订单其实已生成，将直接转到该订单，绝不会重复下单。";
    checkout_adjusted = "Your cart was adjusted. Please look at the new total.", "购物车已调整，请核对新的金额。";
}
