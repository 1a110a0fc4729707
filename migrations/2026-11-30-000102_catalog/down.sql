drop table price_changes, texts, picture_sizes, pictures, images, sku_option_values, option_values, options, skus, spus,
    brands, categories;
drop function price_changes_append_only();
drop function note_published();
drop function keep_categories_a_tree();
drop function low_stock_of_category(bigint);
