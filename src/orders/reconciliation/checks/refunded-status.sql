-- A refund that the gateway refused waits for staff, whatever the order is.
select o.number as key, concat_ws(' / ', o.status, coalesce(r.returned, 0.00)) as actual,
    case
        when o.status = 'canceled' then 'canceled / ' || o.paid_amount
        when o.status = 'refunded' then 'refunded / ' || o.paid_amount
        else 'refunded'
    end as expected
from orders o
left join (
    select p.order_id, sum(r.amount) filter (where r.status in ('done', 'elsewhere')) as returned,
        sum(r.amount) filter (where r.status <> 'refused') as wanted,
        bool_or(r.status = 'refused') as waits
    from refunds r join payments p on p.id = r.payment_id
    where p.counts
    group by p.order_id
) r on r.order_id = o.id
where o.paid_amount > 0 and case
    when o.status = 'canceled' then coalesce(r.wanted, 0) <> o.paid_amount and not coalesce(r.waits, false)
    when o.status = 'refunded' then coalesce(r.returned, 0) <> o.paid_amount
    else o.status in ('unreceived', 'unreviewed', 'finished') and coalesce(r.returned, 0) = o.paid_amount
end;
