//! Messages about reviews, on pages of products and orders, and on those of staff.

use super::messages;

messages! {
    reviews = "Reviews", "评价";
    review_one = "Review", "评价";
    reviews_of(name) = "Reviews of {name}", "{name}的评价";
    reviews_none = "No reviews yet.", "暂无评价。";
    reviews_none_words = "Whoever has bought and received this can write the first one.", "购买并收货后即可发表首条评价。";
    reviews_none_like_this = "None with pictures yet.", "暂无带图评价。";
    reviews_see_all(n) = "See all {n} reviews", "查看全部 {n} 条评价", one "See the {n} review";
    rating_words(average, n) = "{average} of 5 stars, {n} reviews", "{average} 分（满分 5 分），{n} 条评价", one "{average} of 5 stars, {n} review";
    stars_words(n) = "{n} of 5 stars", "{n} 星（满分 5 星）";
    reviews_newest = "Newest", "最新";
    reviews_best = "Best first", "好评优先";
    reviews_worst = "Worst first", "差评优先";
    reviews_with_pictures = "With pictures", "有图";
    reviews_more = "More reviews", "更多评价";
    review_bought(options) = "Bought: {options}", "已购：{options}";
    review_edited = "edited", "已修改";
    review_shop_answer(shop) = "Answer of {shop}", "{shop} 回复";
    review_picture(n) = "Picture {n}", "图片 {n}";
    review_picture_by(name, n) = "Picture {n} of {name}", "{name} 的图片 {n}";

    review_write = "Write a review", "写评价";
    review_order_words = "How are the goods? Others read your stars and words, with the first and last letter of your name.", "商品怎么样？其他买家会看到您的评分和评价，用户名仅显示首尾字符。";
    review_stars = "Stars", "评分";
    review_stars_wrong = "Please choose one to five stars.", "请选择 1 至 5 星。";
    review_words = "Your words", "评价内容";
    review_words_hint(n) = "What was good, what was not? At most {n} characters.", "哪里好，哪里不好？最多 {n} 字。";
    review_send = "Send the review", "发表评价";
    review_thanks = "Thank you. Your review stands on the page of the product now. You can add pictures below.", "谢谢，评价已发布。您可以在下方上传图片。";
    review_thanks_waiting = "Thank you. Your review appears as soon as we have looked at it. You can add pictures below.", "谢谢，评价将在审核后显示。您可以在下方上传图片。";
    review_written_before = "You have reviewed this already.", "您已评价过该商品。";
    review_not_received = "You can review this once you have received it.", "收货后即可评价。";
    review_returned = "Nothing of this is left with you, so it cannot be reviewed.", "该商品已退回或未发货，无法评价。";
    review_too_late = "It is too long ago to review this.", "已超过评价期限。";
    review_too_often(minutes) = "You have sent very many reviews. Please try again in {minutes} minutes.", "操作过于频繁，请 {minutes} 分钟后再试。", one "You have sent very many reviews. Please try again in {minutes} minute.";
    review_own = "Your review", "我的评价";
    review_see = "See your review", "查看评价";
    review_all_done = "Everything of this order is reviewed. Thank you.", "该订单的商品已全部评价，谢谢。";
    review_nothing_to_do = "Nothing of this order can be reviewed now.", "该订单目前没有可评价的商品。";
    review_edit = "Change the review", "修改评价";
    review_edit_hint = "You can change it once.", "只能修改一次。";
    review_edited_done = "Your review is changed.", "评价已修改。";
    review_edited_before = "You have changed this review already; it can be changed once.", "评价只能修改一次，您已修改过。";
    review_picture_hint(n) = "JPEG, PNG or WebP, at most {n} pictures. Others see them.", "支持 JPEG、PNG、WebP，最多 {n} 张，其他买家可见。";
    review_no_more_pictures(n) = "A review that others see has at most {n} pictures.", "每条公开的评价最多 {n} 张图片。";
    picture_too_detailed = "This picture has transparent parts and is too large. Please save it as a JPEG.", "该图片含透明区域且过大，请另存为 JPEG。";
    review_waiting_words = "It appears as soon as we have looked at it.", "审核通过后即会显示。";
    review_hidden_words = "We have hidden this review. The reason:", "该评价已被隐藏，原因：";
    review_waiting = "Waiting", "待审核";
    review_shown = "Shown", "已显示";
    review_hidden = "Hidden", "已隐藏";
    review_finished_order = "Everything is reviewed", "商品已全部评价";

    review_mail_title = "How are the goods?", "商品怎么样？";
    review_mail_words = "You received them some days ago. A few words and stars help others to choose.", "您已收货几天了。您的评分和评价可以帮助其他买家选择。";
    review_mails = "Emails that ask for a review", "邀请评价的邮件";
    order_mail_kind_review = "Asked for a review", "邀请评价";

    reviews_words = "What shoppers write about what they have bought.", "买家对所购商品的评价。";
    reviews_all = "All", "全部";
    reviews_new = "New", "新评价";
    reviews_new_many(n) = "{n} new reviews", "{n} 条新评价", one "{n} new review";
    reviews_search = "Order number or username", "订单号或用户名";
    reviews_any_stars = "Any stars", "全部星级";
    reviews_none_found = "No reviews", "没有评价";
    reviews_none_found_words = "There are none like this.", "没有符合条件的评价。";
    review_status = "Status", "状态";
    review_written = "Written", "评价时间";
    review_product = "Product", "商品";
    review_shopper = "Shopper", "买家";
    review_approve = "Approve", "通过";
    review_approve_words = "Nobody has looked at this review as it is now.", "该评价（当前内容）尚未有人查看。";
    review_approved_done = "Approved.", "已通过。";
    review_hide = "Hide", "隐藏";
    review_hidden_reason = "Why it is hidden", "隐藏原因";
    review_hidden_reason_hint = "The shopper reads it.", "买家可见。";
    review_hidden_done = "Hidden. It does not count any more.", "已隐藏，不再计入评分。";
    review_show = "Show again", "恢复显示";
    review_shown_done = "Shown. It counts again.", "已恢复显示，重新计入评分。";
    review_answer = "Public answer", "公开回复";
    review_answer_hint = "Everybody reads it below the review. Empty: no answer.", "显示在评价下方，所有人可见。留空则删除回复。";
    review_answer_save = "Save the answer", "保存回复";
    review_answered_done = "Saved.", "已保存。";
    review_unchanged = "Nothing was changed: it was like that already.", "没有更改，状态已是如此。";
    review_changed_meanwhile = "The shopper has changed the review meanwhile. Please look at it again.", "买家刚刚修改了评价，请重新查看。";
    review_on_product_page = "On the page of the product", "在商品页查看";

    audit_action_approve_review = "Approve review", "通过评价";
    audit_action_hide_review = "Hide review", "隐藏评价";
    audit_action_show_review = "Show review again", "恢复评价";
    audit_action_answer_review = "Answer review", "回复评价";

    settings_review_mail_days = "Days until shoppers are asked for a review by email", "收货后几天发邮件邀请评价";
    settings_review_mail_days_hint = "From the receipt on. 0: never.", "自收货起计算。0 表示不发送。";
    settings_reviews_need_approval = "Reviews appear", "评价显示方式";
    settings_reviews_at_once = "At once", "立即显示";
    settings_reviews_approved = "After staff have approved them", "审核通过后显示";

    check_review_figures = "Number, stars and pictures of the reviews of each product are those of its shown reviews", "每件商品的评价数、星数和有图评价数等于其已显示的评价";
    check_review_orders = "Each review is of a received order line, by its shopper, for its product, with as many pictures as it says", "每条评价都来自已收货的订单商品及其买家，图片数相符";
    check_key_review = "Review", "评价";
}
