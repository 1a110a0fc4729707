-- Requests, and the events and emails of orders, are read without a lock that orders wait for.
alter table fapiao_requests validate constraint fapiao_requests_status_check;
alter table fapiao_requests validate constraint fapiao_requests_issued_check;
alter table order_events validate constraint order_events_event_check;
alter table order_mails validate constraint order_mails_kind_check;
