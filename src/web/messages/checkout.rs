//! What the checkout says.

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
    checkout_promise = "You pay exactly this total, or we ask you again first.", "您将按此金额付款；若有变动，我们会先征得您同意。";
    checkout_choose_first = "Select what you want to buy, then go to the checkout.", "请先选择要购买的商品，再去结算。";

    checkout_choose_address = "Please choose an address.", "请选择收货地址。";
    checkout_choose_pay_method = "Please choose how to pay.", "请选择支付方式。";
    checkout_token_wrong = "This form is incomplete. Please open the checkout again.", "表单不完整，请重新打开结算页。";
    checkout_total_wrong = "This form is incomplete. Please look at the total and place the order again.", "表单不完整，请核对金额后重新提交。";
    checkout_too_much = "This order is larger than we can take at once. Please split it.", "订单金额超出上限，请分次下单。";
    checkout_book_full = "Your address book is full.", "地址簿已满。";

    checkout_nothing_title = "Nothing is selected", "没有选中的商品";
    checkout_nothing = "Nothing was ordered. Go back to the cart and select what you want to buy.", "未下单。请返回购物车选择要购买的商品。";
    checkout_short_title = "There is not enough left", "库存不足";
    checkout_short = "Nothing was ordered and nothing was charged.", "未下单，也未产生任何费用。";
    checkout_wanted = "Wanted", "需要";
    checkout_left = "Left", "剩余";
    checkout_gone = "no longer sold", "已下架";
    checkout_take_left = "Take what is left", "按剩余数量购买";
    checkout_without = "Order the rest without it", "不要缺货商品，购买其余";
    checkout_change_cart = "Change the cart", "修改购物车";
    checkout_changed_title = "The total changed while you were here", "金额有变动";
    checkout_changed = "Nothing was ordered yet. Have a look, and place the order again if it suits you.", "尚未下单。请核对新的金额，满意后再次提交。";
    checkout_before = "Before", "变动前";
    checkout_now = "Now", "变动后";
    checkout_outdated_title = "This page was out of date", "页面内容已过期";
    checkout_outdated = "Nothing was ordered. Below is your cart as it is now: have a look, and place the order again if it suits you.", "尚未下单。下方是购物车的最新内容，请核对后再次提交。";
    checkout_busy_title = "The shop is very busy right now", "现在下单的人很多";
    checkout_busy = "Nothing was ordered and nothing was charged. All you typed is still here: please place the order again in a moment.", "未下单，也未产生任何费用。您填写的内容都还在，请稍后再次提交。";
    checkout_unsure_title = "We lost touch before your order was confirmed", "未能确认订单是否已生成";
    checkout_unsure = "All you typed is still here: please place the order again in a moment. If it was placed after all you are led to it, and there is never a second one.", "您填写的内容都还在，请稍后再次提交。若订单其实已生成，将直接转到该订单，绝不会重复下单。";
    checkout_adjusted = "Your cart was adjusted. Please look at the new total.", "购物车已调整，请核对新的金额。";
}
