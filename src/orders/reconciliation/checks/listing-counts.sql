select concat_ws(' / ', coalesce(stored.category_id, fresh.category_id), coalesce(stored.kind, fresh.kind),
        coalesce(stored.value, fresh.value)) as key,
    coalesce(stored.count, 0)::text as actual, coalesce(fresh.count, 0)::text as expected
from (
    select l.category_id, f.kind, f.value, count(*) as count
    from listings l cross join lateral listing_facets(l) f
    where l.until = 9223372036854775807
    group by 1, 2, 3
) fresh
full join (select category_id, kind, value, count from listing_counts where count <> 0) stored
    on stored.category_id = fresh.category_id and stored.kind = fresh.kind and stored.value = fresh.value
where stored.count is distinct from fresh.count;
