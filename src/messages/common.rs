//! Messages that every page shows, and errors that any page can have.

use super::messages;

messages! {
    shop_line = "A small department store", "一家小小的百货店";
    footer_words = "Things made well, sold honestly: what a page says is in stock is in stock, and what you order is yours.", "好好做的东西，老老实实地卖：页面写有货就是有货，您下单的就是您的。";
    free_delivery_from(amount) = "Free delivery from {amount}", "满 {amount} 免运费";
    cart = "Cart", "购物车";
    view_cart = "View cart", "查看购物车";
    orders = "Orders", "我的订单";
    address_book = "Address book", "收货地址";
    sign_in = "Sign in", "登录";
    sign_up = "Sign up", "注册";
    sign_out = "Sign out", "退出登录";
    sold_out = "Sold out", "已售罄";
    left(n) = "{n} left", "仅剩 {n} 件";
    in_stock = "In stock", "有货";
    freight = "Delivery", "运费";
    free_freight = "Free", "免运费";
    total = "Total", "合计";
    quantity = "Quantity", "数量";
    skip_to_content = "Skip to content", "跳到正文";
    home = "Home", "首页";
    search = "Search", "搜索";
    search_hint = "Search the shop", "搜索商品";
    choose_language = "Language", "语言";
    account = "Account", "我的账户";
    menu = "Menu", "菜单";
    departments = "Departments", "商品分类";
    breadcrumbs = "You are here", "当前位置";
    dismiss = "Dismiss", "关闭";
    save = "Save", "保存";
    cancel = "Cancel", "取消";
    edit = "Edit", "编辑";
    delete = "Delete", "删除";
    update = "Update", "更新";
    optional = "optional", "选填";
    first_page = "First page", "第一页";
    previous_page = "Previous", "上一页";
    next_page = "Next", "下一页";
    pages = "Pages", "分页";
    page_of(page, pages) = "Page {page} of {pages}", "第 {page} 页，共 {pages} 页";
    items(n) = "{n} items", "{n} 件", one "{n} item";

    refused_title = "Error: ", "有误：";
    please_check = "Please check what is marked below.", "请检查下面标出的内容。";
    field_error(name, words) = "{name}: {words}", "{name}：{words}";
    field_needed = "Please fill this in.", "请填写此项。";
    field_too_long(max) = "At most {max} characters, please.", "最多 {max} 个字符。";
    field_too_short(min) = "At least {min} characters, please.", "至少 {min} 个字符。";
    field_odd_characters = "This contains characters that cannot be used here.", "含有不能使用的字符。";
    count_wrong = "Please give a whole number from 1 to 999.", "请输入 1 到 999 的整数。";

    limited = "Your account and your cart cannot be shown just now. Looking around works as ever; please try again in a moment.", "暂时无法显示您的账户和购物车。您仍可浏览商品，请稍后再试。";
    error_form_kept = "Nothing you typed is lost: send it again in a moment.", "您填写的内容没有丢失，请稍后重新提交。";
    error_secret_again = "Please type this once more", "请再次输入";
    error_send_again = "Send again", "重新提交";
    error_back_home = "Back to the shop", "返回商店";
    error_bad_request_title = "We could not read that", "无法读取您提交的内容";
    error_bad_request = "What was sent was incomplete or damaged. Please go back and try again.", "提交的内容不完整或已损坏，请返回重试。";
    error_too_large_title = "That is too much at once", "内容过大";
    error_too_large = "What was sent is larger than this page can take. Please shorten it and try again.", "提交的内容超出了本页的限制，请缩短后重试。";
    error_not_found_title = "This page does not exist", "页面不存在";
    error_not_found = "It may have moved, or it was never here.", "它可能已被移走，或者从未存在。";
    error_forbidden_title = "That did not come from our pages", "请求并非来自本店页面";
    error_forbidden = "For your safety the shop only accepts forms sent from its own pages. Please open the page again and repeat.", "为了您的安全，本店只接受从本店页面提交的表单。请重新打开页面再试。";
    error_method_title = "That cannot be done here", "不支持此操作";
    error_method = "This page does not take that kind of request.", "本页不支持这种请求方式。";
    error_too_many_title = "A little slower, please", "操作太频繁";
    error_too_many(minutes) = "Too many tries. Please wait {minutes} minutes and try again.", "尝试次数过多，请 {minutes} 分钟后再试。", one "Too many tries. Please wait a minute and try again.";
    error_unavailable_title = "We are very busy", "系统繁忙";
    error_unavailable = "It takes too long just now. Please try again in a moment.", "目前处理时间过长，请稍后重试。";
    error_internal_title = "Something went wrong on our side", "我们这边出了点问题";
    error_internal = "It has been written down and will be looked at. Please try again in a moment.", "问题已记录，我们会尽快处理，请稍后重试。";
    error_request_id = "If you write to us, please mention", "联系我们时请附上编号";
}
