-- psql -v begins="'2026-11-01'" -v ends="'2026-12-01'" -f month-goods.sql
-- What was sold and refunded in a month, by product; the row without a product is the freight. A sale counts when its
-- payment came in, a refund when it was done. What a refund does not name is divided among the lines of its order, and
-- the freight, in proportion to what was not refunded of them before.
with sold as (
    select p.order_id, o.freight from payments p join orders o on o.id = p.order_id
    where p.status = 'paid' and p.counts and p.paid_at >= :begins and p.paid_at < :ends
), refunded as (
    select r.id, r.payment_id, p.order_id, r.amount, r.freight
    from refunds r join payments p on p.id = r.payment_id
    where r.status = 'done' and r.done_at >= :begins and r.done_at < :ends and p.counts
    union all
    select r.id, r.payment_id, p.order_id, r.amount, r.freight
    from refunds r join payments p on p.id = r.payment_id
    where r.status = 'elsewhere' and r.done_at >= :begins and r.done_at < :ends and p.counts
), named as (
    select r.id, g.order_goods_id, g.count, g.amount from refunded r join refund_goods g on g.refund_id = r.id
), rest as (
    select r.id, r.payment_id, r.order_id, r.amount - r.freight - coalesce(n.amount, 0) as amount
    from refunded r left join (select id, sum(amount) as amount from named group by id) n on n.id = r.id
), weights as (
    select r.id, r.amount, g.id as order_goods_id,
        greatest(g.price * g.count - g.discount - g.waived_amount - coalesce((
            select sum(e.amount) from refund_goods e join refunds x on x.id = e.refund_id
            where e.order_goods_id = g.id and x.payment_id = r.payment_id and x.id <= r.id and x.status <> 'refused'
        ), 0), 0) as weight
    from rest r join order_goods g on g.order_id = r.order_id
    where r.amount > 0
    union all
    select r.id, r.amount, null,
        greatest(o.freight - coalesce((
            select sum(x.freight) from refunds x
            where x.payment_id = r.payment_id and x.id <= r.id and x.status <> 'refused'
        ), 0), 0)
    from rest r join orders o on o.id = r.order_id
    where r.amount > 0
), running as (
    select id, amount, order_goods_id, weight, sum(weight) over (partition by id) as total,
        sum(weight) over (partition by id order by order_goods_id nulls last) as up_to
    from weights
), shares as (
    select order_goods_id,
        round(amount * up_to / total, 2) - round(amount * (up_to - weight) / total, 2) as amount
    from running where total > 0
), moves as (
    select g.sku_id, case o.pay_method when 'cod' then g.count - g.withdrawn_count else g.count end as units,
        g.price * g.count - g.discount - g.waived_amount as sales, 0 as refunded_units, 0 as refunds
    from sold s join orders o on o.id = s.order_id join order_goods g on g.order_id = o.id
    union all
    select null, 0, freight, 0, 0 from sold
    union all
    select g.sku_id, 0, 0, n.count, n.amount from named n join order_goods g on g.id = n.order_goods_id
    union all
    select null, 0, 0, 0, freight from refunded
    union all
    select g.sku_id, 0, 0, 0, s.amount from shares s left join order_goods g on g.id = s.order_goods_id
), products as (
    select k.spu_id, sum(m.units) as units, sum(m.sales) as sales, sum(m.refunded_units) as refunded_units,
        sum(m.refunds) as refunds
    from moves m left join skus k on k.id = m.sku_id
    group by k.spu_id
)
select p.spu_id, s.category_id, r.rate,
    coalesce(nullif(en.name, ''), s.name, '') as name_en, coalesce(nullif(zh.name, ''), s.name, '') as name_zh,
    coalesce(nullif(cen.name, ''), c.name, '') as category_en, coalesce(nullif(czh.name, ''), c.name, '') as category_zh,
    p.units::bigint as units, p.sales, p.refunded_units::bigint as refunded_units, p.refunds
from products p
left join spus s on s.id = p.spu_id
left join categories c on c.id = s.category_id
left join effective_tax_rates r on r.category_id = s.category_id
left join texts en on en.spu_id = s.id and en.language = 'en'
left join texts zh on zh.spu_id = s.id and zh.language = 'zh'
left join texts cen on cen.category_id = c.id and cen.language = 'en'
left join texts czh on czh.category_id = c.id and czh.language = 'zh'
order by p.sales desc, p.spu_id nulls last;
