drop trigger sku_figures_of_new on skus;
drop trigger low_stock_skus_of_spu on spus;
drop trigger low_stock_skus_of_changed on skus;
drop trigger low_stock_skus_of_new on skus;
drop table staff_preferences, low_stock_mails, low_stock_readers, sku_figures, sku_sales_days, sku_sales,
    low_stock_skus, stock_movements;
drop function keep_sku_figures(), keep_low_stock_skus_of_spu(), keep_low_stock_skus(), stock_movements_append_only();
