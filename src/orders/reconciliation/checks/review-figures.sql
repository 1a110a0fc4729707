select s.slug as key,
    concat_ws(' / ', coalesce(f.review_count, 0), coalesce(f.star_sum, 0), coalesce(f.pictured_count, 0)) as actual,
    concat_ws(' / ', coalesce(r.number, 0), coalesce(r.stars, 0), coalesce(r.pictured, 0)) as expected
from (
    select spu_id, count(*) as number, sum(stars) as stars, count(*) filter (where picture_count > 0) as pictured
    from reviews where status = 'shown' group by spu_id
) r
full join review_figures f on f.spu_id = r.spu_id
join spus s on s.id = coalesce(r.spu_id, f.spu_id)
where (coalesce(f.review_count, 0), coalesce(f.star_sum, 0), coalesce(f.pictured_count, 0))
    <> (coalesce(r.number, 0), coalesce(r.stars, 0), coalesce(r.pictured, 0));
