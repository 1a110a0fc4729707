-- Some of the demo orders that are finished have reviews, which say that they are demo data. Nobody has looked at the
-- newest ones.
with bought as (
    select g.id as line, o.id as order_id, k.spu_id, o.user_id, g.options, o.finished_at,
        row_number() over (order by o.finished_at desc, g.id) as newest
    from order_goods g
    join orders o on o.id = g.order_id and o.status = 'finished'
    join users u on u.id = o.user_id and u.username like 'demo-shopper-%'
    join skus k on k.id = g.sku_id
    where (g.id * 7919) % 3 = 0
)
insert into reviews (order_goods_id, order_id, spu_id, user_id, options, language, stars, words, status, written_at,
    checked_at)
select line, order_id, spu_id, user_id, options, 'zh', (array[5, 5, 4, 5, 3, 4, 5, 2])[1 + line % 8],
    (array[
        '演示评价：做工不错，和图片一致。',
        '演示评价：已经回购，家人都喜欢。',
        '演示评价：整体满意，包装可以更好。',
        '演示评价：物流很快，值得购买。',
        '演示评价：一般，和预期有差距。',
        '演示评价：用了一周，没有问题。',
        '',
        '演示评价：尺寸比想象的小。'
    ])[1 + line % 8],
    'shown', finished_at, case when newest > 3 then finished_at end
from bought order by finished_at;

insert into review_figures (spu_id, review_count, star_sum)
select spu_id, count(*), sum(stars) from reviews group by spu_id;
