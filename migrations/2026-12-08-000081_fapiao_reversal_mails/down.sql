delete from order_mails where kind = 'fapiao_reversed';
alter table order_mails
    drop constraint order_mails_kind_check,
    add constraint order_mails_kind_check check (kind in
        ('placed', 'pay_reminder', 'expired', 'paid', 'revived', 'parcel_sent', 'canceled', 'refund_done', 'paid_late',
            'paid_twice', 'return_asked', 'return_approved', 'return_declined', 'return_arrived', 'return_closed',
            'delivery_soon', 'review_asked', 'fapiao_issued', 'fapiao_refused'));
