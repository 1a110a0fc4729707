drop index order_events_placed_key;
drop index order_events_placed_token_key;
alter table order_events drop constraint order_events_placed_check;
