-- The published ones of the products, each in the language at the same index. See product.rs.
-- psql -v spus="array[1, 2]::bigint[]" -v languages="array['en', 'zh']" -f product.sql
select wanted.place, s.id, s.slug, coalesce(t.name, s.name) as name,
    coalesce(nullif(t.description, ''), s.description) as description,
    coalesce((select name from texts where brand_id = b.id and language = wanted.language), b.name, '') as brand,
    s.background, s.sales, coalesce(f.review_count, 0) as review_count, coalesce(f.star_sum, 0) as star_sum,
    array(
        select row(k.id, k.code, k.price, k.list_price, k.stock, k.low_stock_at,
            array(select kv.option_value_id from sku_option_values kv where kv.sku_id = k.id))
        from skus k where k.spu_id = s.id and k.active
        order by k.id
    ) as skus,
    array(
        select row(
            o.id,
            coalesce((select name from texts where option_id = o.id and language = wanted.language), o.name),
            v.id,
            coalesce((select name from texts where option_value_id = v.id and language = wanted.language), v.name)
        )
        from options o join option_values v on v.option_id = o.id
        where o.spu_id = s.id
        order by o.position, v.position
    ) as option_values,
    array(select row(i.option_value_id, i.file, case wanted.language when 'zh' then coalesce(nullif(i.alt_zh, ''), i.alt)
        else coalesce(nullif(i.alt, ''), i.alt_zh) end) from images i where i.spu_id = s.id order by i.position) as pictures,
    (
        select array[p.width, p.height]
        from (select file from images where spu_id = s.id order by position limit 1) i
        join pictures p on i.file like 'uploaded/%' and p.hash = substr(i.file, 10, 32)
    ) as picture_size,
    array(
        with recursive up (id, parent_id, slug, name, height) as (
            select id, parent_id, slug, name, 0 from categories where id = s.category_id
            union all
            select c.id, c.parent_id, c.slug, c.name, up.height + 1
            from up join categories c on c.id = up.parent_id where up.height < 20
        )
        select row(
            slug,
            coalesce((select name from texts where category_id = up.id and language = wanted.language), up.name)
        )
        from up order by height desc
    ) as path
from unnest((select :spus), (select :languages)) with ordinality as wanted (spu_id, language, place)
join spus s on s.id = wanted.spu_id and s.published
left join brands b on b.id = s.brand_id
left join review_figures f on f.spu_id = s.id
left join texts t on t.spu_id = s.id and t.language = wanted.language;
