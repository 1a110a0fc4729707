drop table unwanted_mails;

delete from order_mails where kind = 'review_asked';

alter table order_mails
    drop constraint order_mails_kind_check,
    add constraint order_mails_kind_check check (kind in
        ('placed', 'pay_reminder', 'expired', 'paid', 'revived', 'parcel_sent', 'canceled', 'refund_done', 'paid_late',
            'paid_twice', 'return_asked', 'return_approved', 'return_declined', 'return_arrived', 'return_closed',
            'delivery_soon'));

alter table store_settings
    drop column reviews_need_approval,
    drop column review_mail_days;

drop table review_figures;
drop table review_pictures;
drop table reviews;
