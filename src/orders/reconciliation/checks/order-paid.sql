-- What was to be paid online is paid before it is sent; cash on delivery once it is finished.
select o.number as key, o.paid_amount::text as actual,
    case
        when o.status = 'unpaid' then 0.00
        when o.paid_amount <> coalesce(p.paid, 0) then coalesce(p.paid, 0.00)
        else o.total_amount - o.waived_amount
    end::text as expected
from orders o
left join (
    select order_id, sum(amount) as paid from payments where counts group by order_id
) p on p.order_id = o.id
where o.paid_amount <> coalesce(p.paid, 0) or o.paid_amount not in (0, o.total_amount - o.waived_amount)
    or o.status = 'unpaid' and o.paid_amount > 0
    or o.paid_amount <> o.total_amount - o.waived_amount and (
        o.status in ('finished', 'refunded')
        or o.pay_method <> 'cod' and o.status in ('unsent', 'unreceived', 'unreviewed')
    );
