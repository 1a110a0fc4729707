-- The company for which a shopper wants the invoice of an order, given before it is issued. The invoice copies it.
create table invoice_buyers (
    order_id bigint primary key references orders,
    name text not null check (length(name) between 1 and 100),
    tax_number text not null check (tax_number ~ '^[0-9A-Z][0-9A-Z ./-]{3,29}$')
);
