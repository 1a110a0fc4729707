drop table staff_mails;
drop table staff_mail_readers;
drop index payments_not_counting_idx;
drop table order_mail_cursor;
drop table order_mails;
create index outbox_due_idx on outbox (due_at) where done_at is null;
drop index outbox_lane_due_idx;
alter table outbox drop column lane;
