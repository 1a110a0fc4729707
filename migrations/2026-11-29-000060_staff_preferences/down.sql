drop index stock_movements_form_idx;
drop table staff_preferences;
