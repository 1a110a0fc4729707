-- What these products are found by, without those that are not on sale. See queries.rs.
-- psql -v spus="array[1, 2]::bigint[]" -f documents-of.sql
select s.id as spu, s.category_id as category, coalesce(s.brand_id, 0) as brand,
    concat_ws(e'\n', s.name,
        (select string_agg(t.name, e'\n' order by t.language) from texts t where t.spu_id = s.id)) as names,
    coalesce((
        select string_agg(concat_ws(e'\n', v.name,
            (select string_agg(t.name, e'\n' order by t.language) from texts t where t.option_value_id = v.id)
        ), e'\n' order by v.id)
        from options o join option_values v on v.option_id = o.id
        where o.spu_id = s.id and exists (
            select from sku_option_values sv join skus k on k.id = sv.sku_id
            where sv.option_value_id = v.id and sv.option_id = o.id and k.active
        )
    ), '') as options,
    concat_ws(e'\n', s.description,
        (select string_agg(t.description, e'\n' order by t.language) from texts t where t.spu_id = s.id)) as texts
from spus s
where s.id = any((select :spus)::bigint[]) and s.published
    and exists (select from skus k where k.spu_id = s.id and k.active);
