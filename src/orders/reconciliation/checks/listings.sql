-- Sales are those of some minutes ago, and the stock that of a second ago: neither counts while it moves.
select concat_ws(' / ', s.slug, coalesce(stored.category_id, fresh.category_id)) as key,
    coalesce(stored.facts::text, 'none') as actual, coalesce(fresh.facts::text, 'none') as expected
from (
    select p.spu_id, a.ancestor_id as category_id, p.in_stock,
        row(p.price_fen, p.list_price_fen, p.created_us, p.brand_id, p.rating, p.option_values) as facts
    from listed_products(array(select id from spus)) p
    join category_ancestors_now a on a.category_id = p.own_category_id
) fresh
full join (
    select spu_id, category_id, in_stock,
        row(price_fen, list_price_fen, created_us, brand_id, rating, option_values) as facts
    from listings where until = 9223372036854775807
) stored on stored.spu_id = fresh.spu_id and stored.category_id = fresh.category_id
left join spus s on s.id = coalesce(stored.spu_id, fresh.spu_id)
where stored.facts is distinct from fresh.facts
    or stored.in_stock <> fresh.in_stock
        and not exists (
            select from skus k join order_goods g on g.sku_id = k.id join orders o on o.id = g.order_id
            where k.spu_id = s.id and o.placed_at > now() - interval '1 minute'
        )
        and not exists (
            select from skus k join stock_movements m on m.sku_id = k.id
            where k.spu_id = s.id and m.at > now() - interval '1 minute'
        );
