drop table refund_goods;
drop table refunds;
drop table payment_notifications;
drop table payments;
