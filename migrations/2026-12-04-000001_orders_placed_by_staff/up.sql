-- Orders that staff have placed for callers. Checkouts write no row of this table, so they do not wait.

alter table order_events validate constraint order_events_event_check;

alter table order_events add constraint order_events_placed_check
    check (event <> 'placed' or (actor = 'staff' and details ->> 'token' is not null)) not valid;
alter table order_events validate constraint order_events_placed_check;

-- One form places one order, whoever it is for.
create unique index order_events_placed_token_key on order_events ((details ->> 'token')) where event = 'placed';
-- An order is placed once.
create unique index order_events_placed_key on order_events (order_id) where event = 'placed';
