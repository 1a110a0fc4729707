alter table order_days drop column counted_at;
