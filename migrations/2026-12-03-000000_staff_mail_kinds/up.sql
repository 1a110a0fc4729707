-- Staff are told of two more things: shoppers who cancel, or ask to cancel, an order that is paid, and refunds that were
-- refused or that are not done after an hour.
alter table staff_mail_readers
    drop constraint staff_mail_readers_kind_check,
    add constraint staff_mail_readers_kind_check
        check (kind in ('new_orders', 'return_asked', 'strange_payment', 'cancellation', 'refund_stuck'));
alter table staff_mails
    drop constraint staff_mails_kind_check,
    add constraint staff_mails_kind_check
        check (kind in ('new_orders', 'return_asked', 'strange_payment', 'cancellation', 'refund_stuck'));
