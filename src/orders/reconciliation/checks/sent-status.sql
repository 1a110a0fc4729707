select o.number as key, concat_ws(' / ', o.status, g.sent, g.unsent) as actual,
    case
        when o.status in ('unpaid', 'canceled') then 'nothing is sent'
        when o.status = 'unsent' then 'something is to be sent'
        else 'all is sent'
    end as expected
from orders o
join (
    select order_id, sum(sent_count) as sent, sum(count - withdrawn_count - sent_count) as unsent
    from order_goods group by order_id
) g on g.order_id = o.id
where case
    when o.status = 'canceled' then g.sent > 0 and o.canceled_by is distinct from 'refusal'
    when o.status = 'unpaid' then g.sent > 0
    when o.status = 'unsent' then g.unsent = 0
    else g.unsent > 0
end;
