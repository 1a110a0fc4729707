-- Movements and sales of a SKU, newest first, each with the stock after it. See ledger.rs.
-- psql -v sku=1 -v movement=9223372036854775807 -v sale=9223372036854775807 -v most=50 -f ledger.sql
with asked as (
   select :sku::bigint as sku, :movement::bigint as movement, :sale::bigint as sale, :most::bigint as most
),
shelf as materialized (
   select k.stock
       - coalesce((select sum(delta) from stock_movements where sku_id = a.sku and id >= a.movement), 0)
       + coalesce((select sum(count) from order_goods where sku_id = a.sku and order_id >= a.sale), 0) as stock
   from asked a join skus k on k.id = a.sku
)
select e.at, e.delta, e.reason, o.number as order, u.username as by, e.note, e.movement, e.sale,
   ((select stock from shelf) - e.newer)::bigint as balance,
   e.reverses as undoes, exists (select from stock_movements r where r.reverses = e.movement) as undone
from (
   select *, coalesce(sum(delta) over (
       order by by_then desc, kind, id desc rows between unbounded preceding and 1 preceding
   ), 0) as newer
   from (
       (select 0 as kind, m.id, m.at, min(m.at) over (order by m.id desc) as by_then, m.delta, m.reason, m.order_id,
           m.staff_id, m.note, m.id as movement, null::bigint as sale, m.reverses
        from (
           select * from stock_movements
           where sku_id = (select sku from asked) and id < (select movement from asked)
           order by id desc limit (select most from asked)
        ) m)
       union all
       (select 1, g.order_id, o.placed_at, min(o.placed_at) over (order by g.order_id desc), -g.count, null::text, g.order_id,
           null, '', null, g.order_id, null
        from (
           select order_id, count from order_goods
           where sku_id = (select sku from asked) and order_id < (select sale from asked)
           order by order_id desc limit (select most from asked)
        ) g join orders o on o.id = g.order_id)
   ) both_kinds
   order by by_then desc, kind, id desc limit (select most from asked)
) e
left join orders o on o.id = e.order_id
left join users u on u.id = coalesce(e.staff_id, o.user_id)
order by e.by_then desc, e.kind, e.id desc;
