-- psql -v begins="'2026-11-01'" -v ends="'2026-12-01'" -v zone=28800 -f month-money.sql
-- The money moves of a month, by pay method: the same rows as the export of money moves. `zone` is the time zone of
-- bills, in seconds.
with moves as (
    select p.pay_method, p.counts, p.amount as received, 0::numeric as paid_back, 0::numeric as fees
    from payments p
    where p.status = 'paid' and p.paid_at >= :begins and p.paid_at < :ends
    union all
    select p.pay_method, p.counts, 0, r.amount, 0
    from refunds r join payments p on p.id = r.payment_id
    where r.status = 'done' and r.done_at >= :begins and r.done_at < :ends
    union all
    select p.pay_method, p.counts, 0, r.amount, 0
    from refunds r join payments p on p.id = r.payment_id
    where r.status = 'elsewhere' and r.done_at >= :begins and r.done_at < :ends
    union all
    select b.pay_method, true, 0, 0, b.fees
    from gateway_bills b
    where (b.day + 1)::timestamp at time zone 'UTC' - make_interval(secs => :zone) - interval '1 second' >= :begins
        and (b.day + 1)::timestamp at time zone 'UTC' - make_interval(secs => :zone) - interval '1 second' < :ends
)
select pay_method,
    count(*) filter (where counts and received > 0) as orders,
    coalesce(sum(received) filter (where counts), 0) as sales,
    coalesce(sum(received) filter (where not counts), 0) as surplus,
    count(*) filter (where counts and paid_back > 0) as refund_count,
    coalesce(sum(paid_back) filter (where counts), 0) as refunds,
    coalesce(sum(paid_back) filter (where not counts), 0) as surplus_refunds,
    sum(fees) as fees
from moves
group by pay_method
order by pay_method;
