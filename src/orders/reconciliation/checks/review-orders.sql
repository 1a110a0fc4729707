select r.id::text as key,
    concat_ws(' / ', r.order_id, r.user_id, r.spu_id, r.picture_count) as actual,
    concat_ws(' / ', g.order_id, o.user_id, k.spu_id, coalesce(p.pictures, 0),
        case when o.received_at is null then 'not received' end) as expected
from reviews r
join order_goods g on g.id = r.order_goods_id
join orders o on o.id = g.order_id
join skus k on k.id = g.sku_id
left join (select review_id, count(*) as pictures from review_pictures group by review_id) p on p.review_id = r.id
where (r.order_id, r.user_id, r.spu_id, r.picture_count) <> (g.order_id, o.user_id, k.spu_id, coalesce(p.pictures, 0))
    or o.received_at is null;
