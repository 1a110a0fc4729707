drop trigger listings_of_new on spus;
drop trigger listings_of_gone on spus;
drop trigger listings_of_changed on spus;
drop trigger listings_of_new on skus;
drop trigger listings_of_gone on skus;
drop trigger listings_of_changed on skus;
drop trigger listings_of_new on sku_option_values;
drop trigger listings_of_gone on sku_option_values;
drop trigger listings_of_changed on sku_option_values;
drop trigger listings_of_changed on options;
drop trigger listings_of_changed on option_values;
drop trigger listings_of_new on texts;
drop trigger listings_of_changed on texts;
drop trigger listings_of_new on review_figures;
drop trigger category_ancestors_of_new on categories;
drop trigger category_ancestors_of_gone on categories;
drop trigger category_ancestors_of_moved on categories;
drop view category_ancestors_now;
drop function keep_category_ancestors, refresh_listings, add_facet_values, listed_products;
drop table listings, listing_changes cascade;
drop function listings_of_spu, listings_of_changed_spus, listings_of_sku, listings_of_changed_skus,
    listings_of_sku_option_values, listings_of_option, listings_of_texts, listings_of_review_figures,
    refresh_noted_listings, note_listing_changes, count_listings, advance_listing_clock, price_bracket;
drop table listing_clock, listing_counts, facet_texts, facet_values, category_ancestors, listing_progress;
