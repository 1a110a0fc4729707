drop index refunds_done_at_idx;
drop index payments_paid_at_idx;
drop table gateway_bills;
