-- The received orders whose shoppers an email may ask for reviews: they have kept something that they have not reviewed,
-- want such emails, and have no open return.
create view orders_to_review as
    select o.id, o.received_at
    from orders o
    where o.status = 'unreviewed'
        and not exists (select from unwanted_mails w where w.user_id = o.user_id and w.kind = 'review_asked')
        and not exists (select from returns r where r.order_id = o.id and r.closed_at is null)
        and exists (
            select from order_goods g
            where g.order_id = o.id and g.sent_count > g.returned_count
                and not exists (select from reviews v where v.order_goods_id = g.id)
        );
