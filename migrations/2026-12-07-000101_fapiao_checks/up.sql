-- The events and emails of orders are read without a lock that orders wait for.
alter table order_events validate constraint order_events_event_check;
alter table order_mails validate constraint order_mails_kind_check;
