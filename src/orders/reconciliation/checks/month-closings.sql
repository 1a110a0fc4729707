select to_char(c.month, 'YYYY-MM') || ' ' || p.part as key, concat_ws(' / ', c.sales, c.refunds, c.tax) as actual,
    concat_ws(' / ', coalesce(l.sales, 0), coalesce(l.refunds, 0), coalesce(l.tax, 0)) as expected
from month_closings c
cross join (values ('product'), ('category'), ('pay_method'), ('tax_rate')) p (part)
left join (
    select month, part, sum(sales) as sales, sum(refunds) as refunds, sum(tax) as tax
    from month_closing_lines group by month, part
) l on l.month = c.month and l.part = p.part
where c.sales <> coalesce(l.sales, 0) or c.refunds <> coalesce(l.refunds, 0)
    or (p.part = 'tax_rate' and c.tax <> coalesce(l.tax, 0));
