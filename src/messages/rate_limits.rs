//! Messages of the admin page of accounts and addresses that reached a rate limit.

use super::messages;

messages! {
    rate_limits = "Who was stopped", "被限制的访问";
    rate_limits_words(most) = "What one account or one address did too often, or held too much of without paying, in the last week; the latest {most}.", "最近一周内，因操作过于频繁或未付款占用过多而被限制的账户和地址，仅列最近 {most} 条。";
    rate_limits_none = "Nobody was stopped", "没有被限制的访问";
    rate_limits_none_words = "No account and no address has reached a limit in the last week.", "最近一周内没有账户或地址达到上限。";
    rate_limits_limit = "Limit", "限制";
    rate_limits_who = "Account", "账户";
    rate_limits_address = "Address", "地址";
    rate_limits_times = "Times", "次数";
    rate_limits_last = "Last time", "最近一次";
    rate_limits_guest = "A guest", "访客";
    rate_limits_all_there = "Everybody at this address", "该地址的所有访问者";
    rate_limits_open_orders = "Open orders of one account", "单个账户的未付款订单数";
    rate_limits_open_pieces = "Unpaid pieces of one account", "单个账户的未付款件数";
    rate_limits_expired_orders = "Orders not paid in time", "未按时付款的订单";
    rate_limits_checkout = "Placing orders", "提交订单";
    rate_limits_cart = "Changing a cart", "修改购物车";
    rate_limits_search = "Searching", "搜索";
    rate_limits_pay_link = "Paying by a link", "通过链接付款";
    rate_limits_sign_up = "Opening accounts", "注册账户";
    rate_limits_question = "Asking questions", "提问";
    rate_limits_review = "Writing reviews", "发表评价";
    rate_limits_customers = "Staff: pages of customers", "员工：查看客户";
}
