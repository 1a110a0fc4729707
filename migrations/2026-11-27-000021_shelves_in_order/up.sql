-- A category's or a brand's SKUs often stand together by code or by name ("SH-1001", "Zwilling ..."), as far from the beginning of the
-- whole list as can be. So each has its own order.
create index sku_search_category_code_idx on sku_search (category_id, code);
create index sku_search_category_name_idx on sku_search (category_id, name, sku_id);
create index sku_search_brand_code_idx on sku_search (brand_id, code);
create index sku_search_brand_name_idx on sku_search (brand_id, name, sku_id);
