-- VAT invoices and credit notes: settings, tax rates, series of numbers without gaps, and the documents.

-- One row, changed by admins at /admin/settings/invoices.
create table invoice_settings (
    id boolean primary key default true check (id),
    -- Counts the changes; a form with an old one is refused.
    version bigint not null default 1,
    -- Orders paid from this day on get an invoice; null: none does.
    invoices_from date,
    -- In percent, contained in prices; a category may have its own.
    tax_rate numeric(5, 2) not null default 13 check (tax_rate between 0 and 99.99),
    invoice_prefix text not null default 'INV' check (invoice_prefix ~ '^[A-Z0-9]{1,8}$'),
    credit_note_prefix text not null default 'CRN' check (credit_note_prefix ~ '^[A-Z0-9]{1,8}$'),
    -- For how many years the law wants documents kept as they are.
    retention_years integer not null default 10 check (retention_years between 1 and 50),
    check (invoice_prefix <> credit_note_prefix)
);

insert into invoice_settings default values;

create table category_tax_rates (
    category_id bigint primary key references categories on delete cascade,
    rate numeric(5, 2) not null check (rate between 0 and 99.99)
);

-- The rate of each category that has one, or below one that has: that of the nearest.
create view effective_tax_rates as
with recursive climbed as (
    select c.id as category_id, c.id as ancestor_id, 0 as distance from categories c
    union all
    select d.category_id, a.parent_id, d.distance + 1
    from climbed d join categories a on a.id = d.ancestor_id
    where a.parent_id is not null and d.distance < 20
)
select distinct on (d.category_id) d.category_id, r.rate
from climbed d join category_tax_rates r on r.category_id = d.ancestor_id
order by d.category_id, d.distance;

-- The last number of each series. Its row is locked from taking a number to the commit of the document, so numbers have
-- no gap, and a series has the order of its commits.
create table invoice_series (
    kind text not null check (kind in ('invoice', 'credit_note')),
    year integer not null check (year between 1970 and 9999),
    last integer not null check (last > 0),
    -- When the last one was issued: the next one is not issued before it.
    last_issued_at timestamptz not null,
    primary key (kind, year)
);

create table invoices (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('invoice', 'credit_note')),
    year integer not null,
    sequence integer not null check (sequence > 0),
    number text not null unique check (length(number) between 1 and 40),
    order_id bigint not null references orders,
    -- Of a credit note: the refund, and the invoice that it corrects.
    refund_id bigint unique references refunds,
    invoice_id bigint references invoices,
    issued_at timestamptz not null,
    -- When the order was paid; of a credit note, when the money went back.
    supplied_at timestamptz not null,
    language text not null check (language in ('en', 'zh')),
    -- Copies, which later changes of the shop or the order leave as they are.
    seller_name text not null,
    seller_address text not null,
    seller_tax_number text not null,
    buyer_name text not null,
    buyer_address text not null,
    buyer_tax_number text not null default '',
    net numeric(12, 2) not null check (net >= 0),
    tax numeric(12, 2) not null check (tax >= 0),
    gross numeric(12, 2) not null check (gross > 0),
    -- When the buyer's name, address and tax number were blanked.
    anonymized_at timestamptz,
    unique (kind, year, sequence),
    foreign key (kind, year) references invoice_series,
    check (net + tax = gross),
    check ((kind = 'credit_note') = (refund_id is not null)),
    check ((kind = 'credit_note') = (invoice_id is not null))
);

create unique index invoices_order_key on invoices (order_id) where kind = 'invoice';
create index invoices_order_id_idx on invoices (order_id, id);
create index invoices_issued_at_idx on invoices (issued_at, id);
create index invoices_invoice_id_idx on invoices (invoice_id) where invoice_id is not null;

create table invoice_lines (
    invoice_id bigint not null references invoices,
    position integer not null check (position > 0),
    -- Null: the freight.
    order_goods_id bigint references order_goods,
    name text not null,
    options text not null default '',
    -- Of a credit note that pays back an amount without units: 0.
    count integer not null check (count >= 0),
    price numeric(12, 2) not null check (price >= 0),
    rate numeric(5, 2) not null check (rate between 0 and 99.99),
    net numeric(12, 2) not null check (net >= 0),
    tax numeric(12, 2) not null check (tax >= 0),
    gross numeric(12, 2) not null check (gross >= 0),
    primary key (invoice_id, position),
    check (net + tax = gross)
);

create unique index invoice_lines_goods_key on invoice_lines (invoice_id, coalesce(order_goods_id, 0));
create index invoice_lines_order_goods_id_idx on invoice_lines (order_goods_id) where order_goods_id is not null;

-- Documents never change. Only the buyer of one that the law does not want any more may be blanked.
create function refuse_invoice_change() returns trigger language plpgsql as $$
declare
    buyer constant text[] := array['buyer_name', 'buyer_address', 'buyer_tax_number', 'anonymized_at'];
begin
    if tg_op = 'UPDATE' and tg_table_name = 'invoices' then
        if to_jsonb(new) - buyer = to_jsonb(old) - buyer
            and new.buyer_name = '' and new.buyer_address = '' and new.buyer_tax_number = ''
            and new.anonymized_at is not null
            and old.issued_at < now() - make_interval(years => (select retention_years from invoice_settings))
        then
            return new;
        end if;
    end if;
    raise exception 'an issued document cannot be changed' using errcode = 'restrict_violation';
end $$;

create trigger invoices_unchanged before update or delete on invoices
    for each row execute function refuse_invoice_change();
create trigger invoice_lines_unchanged before update or delete on invoice_lines
    for each row execute function refuse_invoice_change();

-- Up to which payments and refunds documents were issued. A process claims the job for a while.
create table invoice_progress (
    kind text primary key check (kind in ('invoice', 'credit_note')),
    through timestamptz not null default now(),
    claimed_until timestamptz
);

insert into invoice_progress (kind) values ('invoice'), ('credit_note');

-- The payments that pay orders, by when; and refunds that were given back without the gateway.
create index payments_counting_paid_at_idx on payments (paid_at, id) where status = 'paid' and counts;
create index refunds_elsewhere_at_idx on refunds (done_at, id) where status = 'elsewhere';
