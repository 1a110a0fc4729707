drop index refunds_elsewhere_at_idx, payments_counting_paid_at_idx;
drop table invoice_progress, invoice_lines, invoices, invoice_series;
drop function refuse_invoice_change();
drop view effective_tax_rates;
drop table category_tax_rates, invoice_settings;
