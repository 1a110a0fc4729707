delete from staff_mails where kind in ('cancellation', 'refund_stuck');
delete from staff_mail_readers where kind in ('cancellation', 'refund_stuck');
alter table staff_mails
    drop constraint staff_mails_kind_check,
    add constraint staff_mails_kind_check check (kind in ('new_orders', 'return_asked', 'strange_payment'));
alter table staff_mail_readers
    drop constraint staff_mail_readers_kind_check,
    add constraint staff_mail_readers_kind_check check (kind in ('new_orders', 'return_asked', 'strange_payment'));
