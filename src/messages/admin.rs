//! Messages that every admin page shows.

use super::messages;

messages! {
    admin_home = "Till admin", "Till 商店，后台管理";
    to_the_shop = "To the shop", "前往商店";

    admin_area = "Admin", "后台管理";
}
