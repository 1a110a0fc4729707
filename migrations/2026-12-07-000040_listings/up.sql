-- The read model of the lists of products: one row for each product on sale and each category that shows it (its own
-- and those above), and one with the category 0 for the lists of all products. A page of a list is then one range of
-- one index. It is never read for money: cards show what `skus` say.
--
-- Triggers write it at the end of the transaction that changes a product. An order writes nothing of it: jobs follow the
-- stock and the sales.

-- The time of the last change of `listings`, in microseconds since 1970. Whoever changes `listings` updates this row
-- first, so there is one writer at a time, and versions have the order of commits: who reads version n sees everything
-- up to n and nothing after it.
create table listing_clock (
    is_only boolean primary key default true check (is_only),
    version bigint not null
);

insert into listing_clock (version) values (1);

create table listings (
    spu_id bigint not null,
    category_id bigint not null,
    -- The lowest price of its SKUs on sale, in fen, and the list price of that SKU.
    price_fen bigint not null check (price_fen >= 0),
    list_price_fen bigint check (list_price_fen >= 0),
    sold_30 bigint not null check (sold_30 >= 0),
    -- Microseconds since 1970.
    created_us bigint not null,
    brand_id bigint,
    in_stock boolean not null,
    -- The average of the shown reviews in hundredths of a star; 0 without reviews.
    rating integer not null check (rating = 0 or rating between 100 and 500),
    -- Ids of `facet_values`; more would not fit into an index.
    option_values integer[] not null check (cardinality(option_values) <= 400),
    -- The versions of the list between which the row is valid. If what a list is sorted by changes, the row as it was
    -- stays as a row that ends. Ended rows stay for an hour, so that whoever turns the pages of a list reads all of them
    -- in one version.
    since bigint not null,
    until bigint not null default 9223372036854775807,
    primary key (spu_id, category_id, until),
    check (since < until)
);

-- A table that is vacuumed often answers from its indexes alone.
alter table listings set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

-- Each order of a list. They contain what lists filter by, so that thousands of products are filtered and counted
-- without a look into the table.
create index listings_sold_idx on listings (category_id, sold_30, spu_id)
    include (since, until, price_fen, brand_id, in_stock, rating, option_values);
create index listings_price_idx on listings (category_id, price_fen, spu_id)
    include (since, until, brand_id, in_stock, rating, option_values);
create index listings_created_idx on listings (category_id, created_us, spu_id)
    include (since, until, price_fen, brand_id, in_stock, rating, option_values);
create index listings_ended_idx on listings (until) where until < 9223372036854775807;

-- How many products of a category have a value of a facet (something to filter by). A trigger on `listings` writes it.
--   all: value 0; brand: the id; option: the id in facet_values; stock: 1 for in stock; rating: n for n stars or more;
--   price: the number of the bracket, see price_bracket
create table listing_counts (
    category_id bigint not null,
    kind text not null check (kind in ('all', 'brand', 'option', 'stock', 'rating', 'price')),
    value bigint not null,
    count bigint not null,
    primary key (category_id, kind, value)
);

create index listing_counts_top_idx on listing_counts (category_id, kind, count);

-- An option value as a facet: products have options of their own, and those of the same names are one facet.
create table facet_values (
    id integer generated always as identity primary key,
    option_name text not null,
    name text not null
);

create unique index facet_values_key on facet_values (lower(option_name), lower(name));

create table facet_texts (
    value_id integer not null references facet_values,
    language text not null check (language in ('en', 'zh')),
    option_name text not null,
    name text not null,
    primary key (value_id, language)
);

-- The categories that show the products of a category: itself, those above it, and 0.
create table category_ancestors (
    category_id bigint not null,
    ancestor_id bigint not null,
    primary key (category_id, ancestor_id)
);

-- The products that a transaction has changed, until it ends.
create table listing_changes (
    transaction_id bigint not null,
    spu_id bigint not null,
    primary key (transaction_id, spu_id)
);

-- Who keeps the lists locks this row.
create table listing_progress (
    is_only boolean primary key default true check (is_only),
    -- The last product that the check of all products has compared.
    checked_spu_id bigint not null default 0
);

insert into listing_progress default values;

create function advance_listing_clock() returns bigint language sql as $$
    update listing_clock set version = greatest(version + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
    returning version
$$;

-- The number of the bracket of a price: 0 below 10 yuan, 1 below 20, 2 below 50, and so on.
create function price_bracket(fen bigint) returns integer language sql immutable parallel safe as $$
    select width_bucket(fen, array[1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000]::bigint[])
$$;

-- What `listings` must contain of these products, without category and version.
create function listed_products(spus bigint[])
returns table (
    spu_id bigint, own_category_id bigint, price_fen bigint, list_price_fen bigint, sold_30 bigint, created_us bigint,
    brand_id bigint, in_stock boolean, rating integer, option_values integer[]
) language sql stable rows 100 as $$
    select s.id, s.category_id, k.price_fen, k.list_price_fen, k.sold_30,
        (extract(epoch from s.created_at) * 1000000)::bigint, s.brand_id, k.in_stock,
        coalesce(f.star_sum * 100 / nullif(f.review_count, 0), 0)::integer, o.ids
    from spus s
    cross join lateral (
        select (min(k.price) filter (where k.active) * 100)::bigint as price_fen,
            ((array_agg(k.list_price order by k.price, k.id) filter (where k.active))[1] * 100)::bigint as list_price_fen,
            coalesce(sum(g.sold_30), 0)::bigint as sold_30, bool_or(k.stock > 0) filter (where k.active) as in_stock
        from skus k left join sku_figures g on g.sku_id = k.id
        where k.spu_id = s.id
    ) k
    cross join lateral (
        select coalesce((array_agg(distinct v.id))[:400], '{}') as ids
        from skus k
        join sku_option_values kv on kv.sku_id = k.id
        join option_values ov on ov.id = kv.option_value_id
        join options op on op.id = ov.option_id
        join facet_values v on lower(v.option_name) = lower(op.name) and lower(v.name) = lower(ov.name)
        where k.spu_id = s.id and k.active
    ) o
    left join review_figures f on f.spu_id = s.id
    where s.id = any(spus) and s.published and k.price_fen is not null
    offset 0
$$;

-- Adds the option values of these products to the facets, and their translations.
create function add_facet_values(spus bigint[]) returns void language plpgsql as $$
begin
    insert into facet_values (option_name, name)
    select distinct on (lower(op.name), lower(ov.name)) op.name, ov.name
    from options op join option_values ov on ov.option_id = op.id
    where op.spu_id = any(spus) and not exists (
        select from facet_values v where lower(v.option_name) = lower(op.name) and lower(v.name) = lower(ov.name)
    )
    order by lower(op.name), lower(ov.name), ov.id
    on conflict do nothing;

    insert into facet_texts as t (value_id, language, option_name, name)
    select distinct on (v.id, lang) v.id, lang, coalesce(ot.name, op.name), coalesce(vt.name, ov.name)
    from options op
    join option_values ov on ov.option_id = op.id
    join facet_values v on lower(v.option_name) = lower(op.name) and lower(v.name) = lower(ov.name)
    cross join unnest(array['en', 'zh']) as lang
    left join texts ot on ot.option_id = op.id and ot.language = lang
    left join texts vt on vt.option_value_id = ov.id and vt.language = lang
    where op.spu_id = any(spus) and (ot.name is not null or vt.name is not null)
    order by v.id, lang, ov.id desc
    on conflict (value_id, language) do update set option_name = excluded.option_name, name = excluded.name
    where (t.option_name, t.name) <> (excluded.option_name, excluded.name);
end
$$;

-- Makes the rows of these products what they must be. The first statement waits until whoever else changes `listings`
-- has committed, and those after it read what is there then.
create function refresh_listings(changed bigint[]) returns void language plpgsql as $$
declare
    newest constant bigint := 9223372036854775807;
    stamp bigint;
    fresh listings[];
begin
    stamp := advance_listing_clock();
    perform add_facet_values(changed);
    fresh := array(
        select row(p.spu_id, a.ancestor_id, p.price_fen, p.list_price_fen, p.sold_30, p.created_us, p.brand_id,
            p.in_stock, p.rating, p.option_values, stamp, newest)::listings
        from listed_products(changed) p join category_ancestors a on a.category_id = p.own_category_id
    );
    -- No longer in this list, in whichever version.
    delete from listings l
    where l.spu_id = any(changed) and l.until = newest and not exists (
        select from unnest(fresh) n where n.spu_id = l.spu_id and n.category_id = l.category_id
    );
    -- What is sorted differently stays as it was in a row that ends, for whoever reads an older version. The row itself
    -- changes, so that what is counted changes once.
    insert into listings
    select l.spu_id, l.category_id, l.price_fen, l.list_price_fen, l.sold_30, l.created_us, l.brand_id, l.in_stock,
        l.rating, l.option_values, l.since, stamp
    from unnest(fresh) n
    join listings l on l.spu_id = n.spu_id and l.category_id = n.category_id and l.until = newest
    where (l.price_fen, l.sold_30, l.created_us) <> (n.price_fen, n.sold_30, n.created_us);
    update listings l
    set price_fen = n.price_fen, list_price_fen = n.list_price_fen, sold_30 = n.sold_30, created_us = n.created_us,
        brand_id = n.brand_id, in_stock = n.in_stock, rating = n.rating, option_values = n.option_values,
        since = case
            when (l.price_fen, l.sold_30, l.created_us) <> (n.price_fen, n.sold_30, n.created_us) then stamp
            else l.since
        end
    from unnest(fresh) n
    where l.spu_id = n.spu_id and l.category_id = n.category_id and l.until = newest
        and (l.price_fen, l.list_price_fen, l.sold_30, l.created_us, l.brand_id, l.in_stock, l.rating, l.option_values)
            is distinct from (n.price_fen, n.list_price_fen, n.sold_30, n.created_us, n.brand_id, n.in_stock, n.rating,
                n.option_values);
    insert into listings
    select n.* from unnest(fresh) n
    where not exists (
        select from listings l where l.spu_id = n.spu_id and l.category_id = n.category_id and l.until = newest
    );
end
$$;

-- --- What a transaction changes -------------------------------------------------------------------------------------

create function note_listing_changes(spus bigint[]) returns void language sql as $$
    insert into listing_changes (transaction_id, spu_id)
    select pg_current_xact_id()::text::bigint, id from unnest(spus) id where id is not null
    on conflict do nothing
$$;

-- Runs when the transaction ends; the first row that it is called for refreshes all products of the transaction.
create function refresh_noted_listings() returns trigger language plpgsql as $$
declare
    changed bigint[];
begin
    delete from listing_changes where transaction_id = new.transaction_id and spu_id = new.spu_id;
    if found then
        with rest as (delete from listing_changes where transaction_id = new.transaction_id returning spu_id)
        select array_agg(spu_id) into changed from rest;
        perform refresh_listings(array_append(changed, new.spu_id));
    end if;
    return null;
end
$$;

create constraint trigger listing_changes_refresh after insert on listing_changes deferrable initially deferred
    for each row execute function refresh_noted_listings();

create function listings_of_spu() returns trigger language plpgsql as $$
begin
    perform note_listing_changes(array[new.id]);
    return null;
end
$$;

create function listings_of_changed_spus() returns trigger language plpgsql as $$
begin
    perform note_listing_changes(array(select id from changed));
    return null;
end
$$;

create function listings_of_sku() returns trigger language plpgsql as $$
begin
    perform note_listing_changes(array[old.spu_id, new.spu_id]);
    return null;
end
$$;

create function listings_of_changed_skus() returns trigger language plpgsql as $$
begin
    perform note_listing_changes(array(select distinct spu_id from changed));
    return null;
end
$$;

create function listings_of_sku_option_values() returns trigger language plpgsql as $$
begin
    perform note_listing_changes(array(select distinct k.spu_id from changed c join skus k on k.id = c.sku_id));
    return null;
end
$$;

create function listings_of_option() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'options' then
        perform note_listing_changes(array[new.spu_id]);
    else
        perform note_listing_changes(array(select spu_id from options where id = new.option_id));
    end if;
    return null;
end
$$;

create function listings_of_texts() returns trigger language plpgsql as $$
begin
    perform note_listing_changes(array(
        select distinct o.spu_id
        from changed t left join option_values v on v.id = t.option_value_id
        join options o on o.id = coalesce(t.option_id, v.option_id)
    ));
    return null;
end
$$;

create function listings_of_review_figures() returns trigger language plpgsql as $$
begin
    perform note_listing_changes(array[new.spu_id]);
    return null;
end
$$;

create trigger listings_of_new after insert on spus
    referencing new table as changed for each statement execute function listings_of_changed_spus();
create trigger listings_of_gone after delete on spus
    referencing old table as changed for each statement execute function listings_of_changed_spus();
create trigger listings_of_changed after update of category_id, brand_id, published, created_at on spus
    for each row when (
        (old.category_id, old.brand_id, old.published, old.created_at)
            is distinct from (new.category_id, new.brand_id, new.published, new.created_at)
    ) execute function listings_of_spu();

-- Not of stock and sales, which orders change.
create trigger listings_of_new after insert on skus
    referencing new table as changed for each statement execute function listings_of_changed_skus();
create trigger listings_of_gone after delete on skus
    referencing old table as changed for each statement execute function listings_of_changed_skus();
create trigger listings_of_changed after update of price, list_price, active, spu_id on skus
    for each row when (
        (old.price, old.list_price, old.active, old.spu_id)
            is distinct from (new.price, new.list_price, new.active, new.spu_id)
    ) execute function listings_of_sku();

create trigger listings_of_new after insert on sku_option_values
    referencing new table as changed for each statement execute function listings_of_sku_option_values();
create trigger listings_of_gone after delete on sku_option_values
    referencing old table as changed for each statement execute function listings_of_sku_option_values();
create trigger listings_of_changed after update on sku_option_values
    referencing new table as changed for each statement execute function listings_of_sku_option_values();

create trigger listings_of_changed after update of name on options
    for each row when (old.name <> new.name) execute function listings_of_option();
create trigger listings_of_changed after update of name on option_values
    for each row when (old.name <> new.name) execute function listings_of_option();
create trigger listings_of_new after insert on texts
    referencing new table as changed for each statement execute function listings_of_texts();
create trigger listings_of_changed after update on texts
    referencing new table as changed for each statement execute function listings_of_texts();

create trigger listings_of_new after insert or update of review_count, star_sum on review_figures
    for each row execute function listings_of_review_figures();

-- --- The category tree ----------------------------------------------------------------------------------------------

create view category_ancestors_now as
    with recursive up (category_id, ancestor_id, height) as (
        select id, id, 0 from categories
        union all
        select up.category_id, c.parent_id, up.height + 1
        from up join categories c on c.id = up.ancestor_id
        where c.parent_id is not null and up.height < 20
    )
    select category_id, ancestor_id from up union all select id, 0 from categories;

create function keep_category_ancestors() returns trigger language plpgsql as $$
declare
    newest constant bigint := 9223372036854775807;
    stamp bigint;
begin
    -- The tree is small, so all of it is compared.
    delete from category_ancestors a where not exists (
        select from category_ancestors_now n where n.category_id = a.category_id and n.ancestor_id = a.ancestor_id
    );
    insert into category_ancestors select category_id, ancestor_id from category_ancestors_now on conflict do nothing;
    if tg_op = 'UPDATE' then
        stamp := advance_listing_clock();
        delete from listings l
        using listings moved join spus s on s.id = moved.spu_id
        where moved.category_id = new.id and moved.until = newest and l.spu_id = moved.spu_id and l.until = newest
            and not exists (
                select from category_ancestors a where a.category_id = s.category_id and a.ancestor_id = l.category_id
            );
        insert into listings
        select m.spu_id, a.ancestor_id, m.price_fen, m.list_price_fen, m.sold_30, m.created_us, m.brand_id, m.in_stock,
            m.rating, m.option_values, stamp, newest
        from listings m
        join spus s on s.id = m.spu_id
        join category_ancestors a on a.category_id = s.category_id
        where m.category_id = new.id and m.until = newest and not exists (
            select from listings l
            where l.spu_id = m.spu_id and l.category_id = a.ancestor_id and l.until = newest
        );
    end if;
    return null;
end
$$;

create trigger category_ancestors_of_new after insert on categories
    for each statement execute function keep_category_ancestors();
create trigger category_ancestors_of_gone after delete on categories
    for each statement execute function keep_category_ancestors();
create trigger category_ancestors_of_moved after update of parent_id on categories
    for each row when (old.parent_id is distinct from new.parent_id) execute function keep_category_ancestors();

-- --- The counts -----------------------------------------------------------------------------------------------------

create function listing_facets(l listings) returns table (kind text, value bigint) language sql immutable as $$
    select 'all', 0::bigint
    union all select 'brand', l.brand_id where l.brand_id is not null
    union all select 'stock', 1 where l.in_stock
    union all select 'rating', n from generate_series(1, l.rating / 100) n
    union all select 'price', price_bracket(l.price_fen)
    union all select 'option', id from unnest(l.option_values) id
$$;

create function count_listings() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into listing_counts as c (category_id, kind, value, count)
        select l.category_id, f.kind, f.value, count(*)
        from added l cross join lateral listing_facets(l) f
        where l.until = 9223372036854775807
        group by 1, 2, 3
        on conflict (category_id, kind, value) do update set count = c.count + excluded.count;
    elsif tg_op = 'DELETE' then
        insert into listing_counts as c (category_id, kind, value, count)
        select l.category_id, f.kind, f.value, -count(*)
        from removed l cross join lateral listing_facets(l) f
        where l.until = 9223372036854775807
        group by 1, 2, 3
        on conflict (category_id, kind, value) do update set count = c.count + excluded.count;
    else
        insert into listing_counts as c (category_id, kind, value, count)
        select d.category_id, d.kind, d.value, sum(d.n)
        from (
            select l.category_id, f.kind, f.value, 1 as n
            from added l cross join lateral listing_facets(l) f where l.until = 9223372036854775807
            union all
            select l.category_id, f.kind, f.value, -1
            from removed l cross join lateral listing_facets(l) f where l.until = 9223372036854775807
        ) d
        group by 1, 2, 3 having sum(d.n) <> 0
        on conflict (category_id, kind, value) do update set count = c.count + excluded.count;
    end if;
    return null;
end
$$;

create trigger listing_counts_of_new after insert on listings
    referencing new table as added for each statement execute function count_listings();
create trigger listing_counts_of_changed after update on listings
    referencing old table as removed new table as added for each statement execute function count_listings();
create trigger listing_counts_of_gone after delete on listings
    referencing old table as removed for each statement execute function count_listings();

-- --- The products that are there ------------------------------------------------------------------------------------

insert into category_ancestors select category_id, ancestor_id from category_ancestors_now;
do $$
declare
    part bigint[];
begin
    for part in select array_agg(id) from spus group by id / 5000 order by min(id) loop
        perform refresh_listings(part);
    end loop;
end
$$;
