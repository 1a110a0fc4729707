-- The settings of the shop itself: one row, written by the first start and then by admins at /admin/settings.

create table store_settings (
    id boolean primary key default true check (id),
    -- Counts the changes. Processes poll it to notice a change, and a form with an old one is refused.
    version bigint not null default 1,
    shop_name_zh text not null check (length(shop_name_zh) <= 60),
    shop_name_en text not null check (length(shop_name_en) <= 60),
    address text not null default '' check (length(address) <= 200),
    contact_phone text not null default '' check (length(contact_phone) <= 40),
    contact_email text not null default '' check (length(contact_email) <= 254),
    tax_number text not null default '' check (length(tax_number) <= 40),
    -- Where shoppers send goods back to.
    return_recipient text not null default '' check (length(return_recipient) <= 60),
    return_phone text not null default '' check (length(return_phone) <= 40),
    return_address text not null default '' check (length(return_address) <= 200),
    -- The sender of emails. Empty: the name of the shop, and the address of MAIL_FROM.
    mail_name text not null default '' check (length(mail_name) <= 60),
    mail_address text not null default '' check (length(mail_address) <= 254),
    freight numeric(12, 2) not null check (freight >= 0),
    -- The amount of goods from which delivery is free.
    free_from numeric(12, 2) not null check (free_from >= 0),
    -- When an unpaid order expires.
    unpaid_minutes integer not null check (unpaid_minutes between 1 and 10080),
    -- After so many days without news an order on its way counts as received.
    received_after_days integer not null default 10 check (received_after_days between 1 and 90),
    -- For how long after the receipt shoppers may ask for a return; 0: never.
    return_days integer not null default 7 check (return_days between 0 and 365),
    -- After so many days without a review a received order is finished.
    review_days integer not null default 15 check (review_days between 1 and 365),
    -- Limits of one account; 0: no limit.
    max_open_orders integer not null check (max_open_orders between 0 and 1000000000),
    max_open_per_sku integer not null check (max_open_per_sku between 0 and 1000000000),
    max_open_per_product integer not null check (max_open_per_product between 0 and 1000000000),
    max_expired_orders integer not null check (max_expired_orders between 0 and 1000000000),
    -- From here on staff are asked for the password again.
    refund_password_from numeric(12, 2) not null check (refund_password_from >= 0),
    stock_password_from integer not null check (stock_password_from between 1 and 1000000000),
    check (shop_name_zh <> '' or shop_name_en <> '')
);
