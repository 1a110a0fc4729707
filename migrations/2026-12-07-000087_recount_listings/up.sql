-- Corrects the counts of the lists, which a trigger keeps: for the command `till listings rebuild`. Returns how many were
-- wrong. Whoever changes lists waits meanwhile.
create function recount_listings() returns bigint language plpgsql as $$
declare
    corrected bigint;
begin
    -- The next statement sees what was committed by whoever had the lock before.
    perform from listing_clock for update;
    with fresh as (
        select l.category_id, f.kind, f.value, count(*) as count
        from listings l cross join lateral listing_facets(l) f
        where l.until = 9223372036854775807
        group by 1, 2, 3
    ),
    wrong as (
        select category_id, kind, value, coalesce(n.count, 0) as count
        from fresh n full join listing_counts c using (category_id, kind, value)
        where coalesce(c.count, 0) <> coalesce(n.count, 0)
    )
    insert into listing_counts (category_id, kind, value, count) select category_id, kind, value, count from wrong
    on conflict (category_id, kind, value) do update set count = excluded.count;
    get diagnostics corrected = row_count;
    return corrected;
end
$$;
