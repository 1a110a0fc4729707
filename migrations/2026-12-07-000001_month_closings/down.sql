drop index stock_movements_at_idx, orders_refused_at_idx, orders_cash_due_idx;
drop table month_closing_lines, month_closings;
drop function refuse_late_closing_line();
drop function refuse_closing_change();
alter table skus drop column cost;
