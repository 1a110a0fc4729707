-- Applies the lines of the next SKUs of an import. See applying.rs.
-- psql -v import=1 -v most=500 -f apply_batch.sql
with import as materialized (
   select id, mode, reason, note, file_name, confirmed_by, through_sku from imports where id = :import
),
next as materialized (
   select distinct r.sku_id from import_rows r
   where r.import_id = :import and r.outcome = 'due' and r.sku_id > (select through_sku from import)
   order by r.sku_id limit :most
),
due as materialized (
   select r.line, r.sku_id, r.stock_before as shown, r.stock_after::bigint - r.stock_before as delta, r.note,
       sum(r.stock_after::bigint - r.stock_before) over (partition by r.sku_id order by r.line) as so_far
   from import_rows r join next n on n.sku_id = r.sku_id
   where r.import_id = :import and r.outcome = 'due'
),
sums as materialized (
   select sku_id, min(shown) as shown, sum(delta)::bigint as delta, count(*) as lines,
       string_agg(line::text, ', ' order by line) as places,
       string_agg(distinct nullif(note, ''), '; ') as notes
   from due group by sku_id
),
locked as materialized (
   select k.id, k.stock, s.* from skus k join sums s on s.sku_id = k.id order by k.id for no key update of k
),
judged as materialized (
   select l.*, case
       when i.mode = 'count' and l.stock <> l.shown then 'changed'
       when l.stock::bigint + l.delta < 0 then 'below-zero'
       when l.delta > 0 and l.stock::bigint + l.delta > 1000000000 then 'too-many'
   end as problem
   from locked l, import i
),
moved as (
   insert into stock_movements (sku_id, delta, reason, staff_id, note)
   select j.id, j.delta, i.reason, i.confirmed_by,
       left(concat_ws(' · ', nullif(i.note, ''), j.notes, i.file_name || ':' || j.places), 500)
   from judged j, import i where j.problem is null and j.delta <> 0 order by j.id
),
put as (
   update skus k set stock = k.stock + j.delta from judged j where k.id = j.id and j.problem is null
),
told as (
   update import_rows r
   set outcome = case when j.problem is null then 'applied' else 'failed' end, problem = j.problem,
       detail = case when j.problem is not null then j.stock end,
       stock_before = case when j.problem is null
           then greatest(least(j.stock + d.so_far - d.delta, 2147483647), -2147483648) else r.stock_before end,
       stock_after = case when j.problem is null
           then greatest(least(j.stock + d.so_far, 2147483647), -2147483648) else r.stock_after end
   from judged j join due d on d.sku_id = j.id where r.import_id = :import and r.line = d.line
)
select count(*) as skus, coalesce(sum(lines), 0)::bigint as lines,
   coalesce(sum(lines) filter (where problem is null), 0)::bigint as applied, max(id) as last_sku from judged;
