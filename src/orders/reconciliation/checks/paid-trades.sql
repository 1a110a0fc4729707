select p.number as key,
    concat_ws(' / ', coalesce(p.trade_no, '?'), case when p.paid_at is null then '?' else 'paid' end) as actual,
    case when others > 1 then 'a trade of its own' else 'trade / paid' end as expected
from (
    select number, status, pay_method, trade_no, paid_at,
        count(*) over (partition by pay_method, trade_no) as others
    from payments
) p
where p.trade_no is not null and p.others > 1
    or p.status = 'paid' and (p.paid_at is null or p.pay_method <> 'cod' and p.trade_no is null);
