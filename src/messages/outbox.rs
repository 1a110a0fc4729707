//! Messages of the page of background jobs, and what each kind of job does.

use super::messages;

messages! {
    outbox = "Background jobs", "后台任务";
    outbox_short = "Jobs", "后台任务";
    outbox_words = "Work that the shop does by itself after an order or an edit, such as clearing a cart or sending a mail. What fails too often is listed here.", "下单或修改之后由系统自动完成的工作，例如清理购物车、发送邮件。屡次失败的会留在这里，等您处理。";
    outbox_failed(n) = "{n} failed jobs", "{n} 项待您处理", one "{n} failed job";
    outbox_waiting(n, since) = "{n} jobs are pending, the oldest since {since}.", "{n} 项正在自动处理，最早的一项始于 {since}。", one "{n} job is pending, since {since}.";
    outbox_none_waiting = "No other jobs are pending.", "没有其他正在处理的工作。";
    outbox_none = "No failed jobs", "没有待您处理的工作";
    outbox_work = "Job", "工作";
    job_clear_cart = "Remove purchased items from the cart", "从购物车移出已购商品";
    outbox_attempts = "Attempts", "尝试次数";
    outbox_last_error = "Last error", "最近的错误";
    outbox_since = "Since", "始于";
    outbox_try_again = "Try again", "重试";
    outbox_try_again_of(order) = "Try again: {order}", "重试：{order}";
    outbox_try_all_again = "Try all again", "全部重试";
    outbox_tried_again(n) = "{n} are tried again within a second.", "将在一秒内重试 {n} 项。", one "It is tried again within a second.";
    outbox_nothing_to_try = "There is nothing to try again here: it was done meanwhile.", "没有需要重试的工作：可能已经完成。";

    job_low_stock_defaults = "Apply a category’s low-stock threshold to its SKUs", "SKU 沿用分类的低库存线";

    job_low_stock_mail = "Mail on low stock", "低库存邮件";
}
