//! Messages that every admin page shows.

use super::messages;

messages! {
    admin_home(shop) = "{shop}, admin", "{shop}，后台管理";
    to_the_shop = "To the shop", "前往商店";

    admin_area = "Admin", "后台管理";
}
