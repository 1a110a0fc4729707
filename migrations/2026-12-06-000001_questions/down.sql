delete from staff_mails where kind = 'question';
delete from staff_mail_readers where kind = 'question';
alter table staff_mails
    drop constraint staff_mails_kind_check,
    add constraint staff_mails_kind_check
        check (kind in ('new_orders', 'return_asked', 'strange_payment', 'cancellation', 'refund_stuck'));
alter table staff_mail_readers
    drop constraint staff_mail_readers_kind_check,
    add constraint staff_mail_readers_kind_check
        check (kind in ('new_orders', 'return_asked', 'strange_payment', 'cancellation', 'refund_stuck'));
drop table question_mails, question_pictures, question_messages, questions;
