//! Messages of what is printed for the store room: shelf places, pick lists and packing slips.

use super::messages;

messages! {
    shelf_place = "Shelf", "库位";
    shelf_place_of(place) = "Shelf {place}", "库位 {place}";
    shelf_place_hint = "Where it lies in the store room. Pick lists are sorted by it.", "商品在仓库中的位置，拣货单按库位排序。";
    shelf_place_button = "Save the shelf", "保存库位";
    audit_action_set_shelf_place = "Set the shelf", "设置库位";
}
