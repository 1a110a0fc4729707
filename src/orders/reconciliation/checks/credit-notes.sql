select i.number || ' ' || coalesce(l.order_goods_id::text, 'freight') as key,
    concat_ws(' / ', c.net, c.tax, c.gross) as actual, concat_ws(' / ', l.net, l.tax, l.gross) as expected
from (
    select n.invoice_id, m.order_goods_id, sum(m.net) as net, sum(m.tax) as tax, sum(m.gross) as gross
    from invoices n join invoice_lines m on m.invoice_id = n.id
    where n.kind = 'credit_note'
    group by n.invoice_id, m.order_goods_id
) c
join invoices i on i.id = c.invoice_id
left join invoice_lines l on l.invoice_id = c.invoice_id and l.order_goods_id is not distinct from c.order_goods_id
where c.net > coalesce(l.net, 0) or c.tax > coalesce(l.tax, 0) or c.gross > coalesce(l.gross, 0);
