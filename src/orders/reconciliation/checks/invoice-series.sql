select s.kind || ' ' || s.year as key,
    concat_ws(' / ', count(i.id), coalesce(min(i.sequence), 0), coalesce(max(i.sequence), 0)) as actual,
    concat_ws(' / ', s.last, 1, s.last) as expected
from invoice_series s left join invoices i on i.kind = s.kind and i.year = s.year
group by s.kind, s.year, s.last
having count(i.id) <> s.last or min(i.sequence) <> 1 or max(i.sequence) <> s.last;
