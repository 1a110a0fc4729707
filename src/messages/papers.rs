//! Messages of what is printed for the store room: shelf places, pick lists and packing slips.

use super::messages;

messages! {
    shelf_place = "Shelf", "库位";
    shelf_place_of(place) = "Shelf {place}", "库位 {place}";
    shelf_place_hint = "Where it lies in the store room. Pick lists are sorted by it.", "商品在仓库中的位置，拣货单按库位排序。";
    shelf_place_button = "Save the shelf", "保存库位";

    pick_list = "Pick list", "拣货单";
    pick_list_sum(orders, units) = "{orders} orders, {units} pieces", "{orders} 个订单，{units} 件";
    pick_list_orders = "For", "用于订单";
    packing_slip = "Packing slip", "发货单";
    packing_slips = "Packing slips", "发货单";
    slip_a4 = "A4", "A4";
    slip_label = "100 × 150 mm", "100 × 150 毫米";
    slip_placed_on(day) = "Ordered on {day}", "下单日期 {day}";
    slip_units = "pieces in all", "件（合计）";
    slip_return_to = "If undeliverable, please return to", "如无法投递请退回";
    packing = "Packing", "配货";
    packing_is_on = "This order is being packed. The shopper can only ask to cancel it.", "此订单正在配货，顾客只能申请取消。";
    packing_start = "Start packing", "开始配货";
    packing_stop = "Stop packing", "停止配货";
    packing_started = "The order is being packed.", "订单已开始配货。";
    packing_stopped = "The order is not being packed any more.", "订单已停止配货。";
    packing_already = "The order was being packed already.", "订单已在配货中。";
    packing_was_not = "The order is not being packed.", "订单未在配货。";
    packing_refused(reason) = "The order cannot be packed: {reason}.", "订单不能配货：{reason}。";
    papers_print = "Print", "打印";
    papers_print_hint = "Print this page with your browser.", "请用浏览器的打印功能打印此页。";
    papers_nothing_chosen = "Please tick at least one order.", "请至少勾选一个订单。";
    papers_too_many(most) = "At most {most} orders at once, please.", "一次最多选择 {most} 个订单。";
    papers_left_out = "Not on this paper", "未列入的订单";
    papers_nothing_to_pack = "None of these orders is to be packed.", "这些订单都不需要配货。";
    left_out_unknown = "there is no such order", "没有此订单";
    left_out_unpaid = "not paid yet", "尚未付款";
    left_out_on_hold(reason) = "on hold: {reason}", "已暂停发货：{reason}";
    left_out_cancellation_asked = "the shopper has asked to cancel it", "顾客申请取消，尚未答复";
    left_out_canceled = "canceled", "已取消";
    left_out_sent = "nothing is left to be sent", "已全部发出";

    audit_action_set_shelf_place = "Set the shelf", "设置库位";
}
