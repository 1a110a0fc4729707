drop index payments_trade_no_idx;
alter table payments drop column settled;
