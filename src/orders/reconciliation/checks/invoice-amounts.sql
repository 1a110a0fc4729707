select i.number as key, concat_ws(' / ', i.net, i.tax, i.gross) as actual,
    concat_ws(' / ', l.net, l.tax, l.gross, coalesce(r.amount, o.total_amount - o.waived_amount)) as expected
from invoices i
join orders o on o.id = i.order_id
left join refunds r on r.id = i.refund_id
left join (
    select invoice_id, sum(net) as net, sum(tax) as tax, sum(gross) as gross from invoice_lines group by invoice_id
) l on l.invoice_id = i.id
where (i.net, i.tax, i.gross) is distinct from (l.net, l.tax, l.gross)
    or i.gross <> coalesce(r.amount, o.total_amount - o.waived_amount);
