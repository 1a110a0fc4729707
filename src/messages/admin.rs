//! Messages that every admin page shows.

use super::messages;

messages! {
    admin_home(shop) = "{shop}, admin", "{shop}，后台管理";
    to_the_shop = "To the shop", "前往商店";

    admin_area = "Admin", "后台管理";
    admin_more = "More", "更多";
    admin_more_work = "Daily work", "日常";
    admin_more_shop = "The shop", "店铺";
    admin_more_system = "System", "系统";
}
