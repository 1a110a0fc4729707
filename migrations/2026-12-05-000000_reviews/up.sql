-- Reviews of what was bought: one for each order line, and the figures of each product.

create table reviews (
    id bigint generated always as identity primary key,
    -- A line is reviewed once, from however many tabs.
    order_goods_id bigint not null unique references order_goods,
    -- Of the line: they never change.
    order_id bigint not null references orders,
    spu_id bigint not null references spus,
    user_id bigint not null references users,
    options text not null,
    language text not null check (language in ('en', 'zh')),
    stars integer not null check (stars between 1 and 5),
    words text not null default '' check (length(words) <= 1000),
    picture_count integer not null default 0 check (picture_count between 0 and 5),
    status text not null check (status in ('waiting', 'shown', 'hidden')),
    -- Counts the changes by the shopper, so that staff approve what they have seen.
    version integer not null default 1 check (version > 0),
    -- Why staff have hidden it; the shopper reads it.
    hidden_reason text not null default '' check (length(hidden_reason) <= 500),
    -- What staff answer in public.
    answer text not null default '' check (length(answer) <= 1000),
    answered_at timestamptz,
    written_at timestamptz not null default now(),
    edited_at timestamptz,
    -- When staff have looked at this version; null: it is new for them.
    checked_at timestamptz,
    check ((status = 'hidden') = (hidden_reason <> '')),
    check ((answer <> '') = (answered_at is not null))
);

create index reviews_order_id_idx on reviews (order_id);
create index reviews_user_id_idx on reviews (user_id, id);
-- The reviews of a product that shoppers see, in each of their orders. With negative numbers each order ascends, so that
-- a page is one range of one index; and no other index has the order, such as the primary key, by which the newest
-- reviews of all products would be read until enough are of this one.
create index reviews_newest_idx on reviews (spu_id, (-id)) where status = 'shown';
create index reviews_best_idx on reviews (spu_id, (-stars), (-id)) where status = 'shown';
create index reviews_worst_idx on reviews (spu_id, stars, (-id)) where status = 'shown';
create index reviews_pictured_idx on reviews (spu_id, (-id)) where status = 'shown' and picture_count > 0;
-- The list of staff.
create index reviews_status_idx on reviews (status, id);
create index reviews_stars_idx on reviews (stars, id);
create index reviews_new_idx on reviews (id) where checked_at is null;

create table review_pictures (
    review_id bigint not null references reviews,
    position integer not null check (position between 1 and 5),
    body bytea not null check (length(body) <= 2097152),
    -- The same picture for lists.
    small_body bytea not null check (length(small_body) <= 524288),
    primary key (review_id, position)
);

alter table review_pictures alter column body set storage external;
alter table review_pictures alter column small_body set storage external;

-- Number and sum of the reviews that shoppers see; changed together with them.
create table review_figures (
    spu_id bigint primary key references spus,
    review_count integer not null default 0 check (review_count >= 0),
    star_sum bigint not null default 0 check (star_sum between review_count and review_count::bigint * 5),
    pictured_count integer not null default 0 check (pictured_count between 0 and review_count)
);

alter table store_settings
    -- So many days after the receipt shoppers are asked for a review by email; 0: never.
    add column review_mail_days integer not null default 3 check (review_mail_days between 0 and 90),
    add column reviews_need_approval boolean not null default false;

alter table order_mails
    drop constraint order_mails_kind_check,
    add constraint order_mails_kind_check check (kind in
        ('placed', 'pay_reminder', 'expired', 'paid', 'revived', 'parcel_sent', 'canceled', 'refund_done', 'paid_late',
            'paid_twice', 'return_asked', 'return_approved', 'return_declined', 'return_arrived', 'return_closed',
            'delivery_soon', 'review_asked'));

-- Emails that a shopper does not want any more.
create table unwanted_mails (
    user_id bigint not null references users on delete cascade,
    kind text not null check (kind in ('review_asked')),
    since timestamptz not null default now(),
    primary key (user_id, kind)
);
