-- How jobs follow the rows of a table by their ids, and the jobs that do.

-- An id is drawn before its transaction commits, so a row can appear below others that were read long ago. A job reads
-- again from settled_id until every transaction has ended that had begun when it read up to read_id: no row can appear up
-- to there any more.
create table reading_progress (
    job text not null check (job in ('stock', 'related', 'customers')),
    source text not null check (source in ('order_goods', 'stock_movements', 'users', 'orders', 'order_events')),
    settled_id bigint not null default 0 check (settled_id >= 0),
    read_id bigint not null default 0 check (read_id >= settled_id),
    -- Transactions from this one on had not begun when read_id was noted.
    read_before_xid bigint not null default 0,
    primary key (job, source)
);

-- Returns the oldest transaction that is still in progress. A job asks before it reads.
create function oldest_transaction() returns bigint language sql stable as $$
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint
$$;

-- Notes that a job has read a table from settled_id up to last_id, or found nothing there (null). `oldest` is what
-- oldest_transaction() returned before. Returns whether the job is further than before. Whoever calls it has locked the
-- job's own row, so that no other process reads the same rows.
create function note_reading(of_job text, of_source text, last_id bigint, oldest bigint) returns boolean
language plpgsql as $$
begin
    update reading_progress p
    set settled_id = p.read_id, read_id = greatest(p.read_id, last_id),
        read_before_xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    where p.job = of_job and p.source = of_source and p.read_before_xid <= oldest
        and p.settled_id < greatest(p.read_id, last_id);
    return found;
end
$$;

-- Refreshes the products that came into stock or sold out since the last call, of which orders and stock movements tell,
-- at most a thousand. Returns how many; 0 also while another transaction does it.
create function follow_stock() returns integer language plpgsql as $$
declare
    oldest constant bigint := oldest_transaction();
    most_flipped constant integer := 1000;
    goods_from bigint;
    movements_from bigint;
    last_goods bigint;
    last_movement bigint;
    flipped bigint[];
begin
    perform from listing_progress for update skip locked;
    if not found then
        return 0;
    end if;
    select settled_id into goods_from from reading_progress where job = 'stock' and source = 'order_goods';
    select settled_id into movements_from from reading_progress where job = 'stock' and source = 'stock_movements';
    select max(id) into last_goods from order_goods;
    select max(id) into last_movement from stock_movements;
    flipped := array(
        select distinct k.spu_id
        from (
            select sku_id from order_goods where id > goods_from
            union
            select sku_id from stock_movements where id > movements_from
        ) touched
        join skus k on k.id = touched.sku_id
        join listings l on l.spu_id = k.spu_id and l.category_id = 0 and l.until = 9223372036854775807
        where l.in_stock <> exists (select from skus o where o.spu_id = k.spu_id and o.active and o.stock > 0)
        limit most_flipped
    );
    if cardinality(flipped) > 0 then
        perform refresh_listings(flipped);
    end if;
    -- Otherwise there are more among the rows that were read.
    if cardinality(flipped) < most_flipped then
        perform note_reading('stock', 'order_goods', last_goods, oldest);
        perform note_reading('stock', 'stock_movements', last_movement, oldest);
    end if;
    return cardinality(flipped);
end
$$;

-- Counts again what was bought together with the products of new order lines, and with all others in turn: orders of them
-- may be older than the table, or canceled since. Returns for how many lines; 0 also while another transaction does it.
create function follow_related(most_lines integer, most_checked integer) returns integer language plpgsql as $$
declare
    oldest constant bigint := oldest_transaction();
    progress related_progress;
    lines_from bigint;
    touched bigint[];
    last_line bigint;
    lines integer;
    checked bigint[];
begin
    select * into progress from related_progress for update skip locked;
    if not found then
        return 0;
    end if;
    select settled_id into lines_from from reading_progress where job = 'related' and source = 'order_goods';
    select array_agg(distinct k.spu_id), max(g.id), count(*) into touched, last_line, lines
    from (
        select id, sku_id from order_goods where id > lines_from order by id limit most_lines
    ) g
    join skus k on k.id = g.sku_id;
    checked := array(
        select id from spus where id > progress.checked_spu_id order by id limit most_checked
    );
    perform refresh_related(touched || checked);
    perform note_reading('related', 'order_goods', last_line, oldest);
    -- After the last product it begins again.
    if most_checked > 0 then
        update related_progress set checked_spu_id = coalesce(checked[most_checked], 0);
    end if;
    return lines;
end
$$;

-- Writes the rows of customers who are new, have ordered, or about whose orders something has happened, for at most so
-- many new rows of each table; and those of the next customers while all are looked at in turn. Returns whether there is
-- more to do at once; false also while another transaction does it.
create function follow_customers(most_rows integer, most_swept integer) returns boolean language plpgsql as $$
declare
    oldest constant bigint := oldest_transaction();
    progress customers_progress;
    users_from bigint;
    orders_from bigint;
    events_from bigint;
    changed bigint[];
    swept bigint[];
    has_more boolean;
begin
    select * into progress from customers_progress for update skip locked;
    if not found then
        return false;
    end if;
    select settled_id into users_from from reading_progress where job = 'customers' and source = 'users';
    select settled_id into orders_from from reading_progress where job = 'customers' and source = 'orders';
    select settled_id into events_from from reading_progress where job = 'customers' and source = 'order_events';
    swept := array(
        select id from users where id > progress.swept_through order by id limit most_swept
    );
    with new_users as materialized (
        select id, id as user_id from users where id > users_from order by id limit most_rows
    ),
    new_orders as materialized (
        select id, user_id from orders where id > orders_from order by id limit most_rows
    ),
    new_events as materialized (
        select e.id, o.user_id
        from (select id, order_id from order_events where id > events_from order by id limit most_rows) e
        join orders o on o.id = e.order_id
    ),
    found as materialized (
        select 'users' as source, max(id) as last_id, count(*) as n, array_agg(distinct user_id) as users
        from new_users
        union all
        select 'orders', max(id), count(*), array_agg(distinct user_id) from new_orders
        union all
        select 'order_events', max(id), count(*), array_agg(distinct user_id) from new_events
    ),
    noted as materialized (
        select n, note_reading('customers', source, last_id, oldest) as is_further from found
    )
    select array(select unnest(users) from found), bool_or(is_further and n = most_rows) into changed, has_more
    from noted;
    perform refresh_customers(changed || swept);
    -- After the last customer it begins again.
    update customers_progress set swept_through = coalesce(swept[most_swept], 0) where most_swept > 0;
    return has_more;
end
$$;

-- The lists and the related products begin with the orders that come now, the customers with the first account.
insert into reading_progress (job, source, settled_id, read_id)
select job, source, last_id, last_id
from (
    values
        ('stock', 'order_goods', (select coalesce(max(id), 0) from order_goods)),
        ('stock', 'stock_movements', (select coalesce(max(id), 0) from stock_movements)),
        ('related', 'order_goods', (select coalesce(max(id), 0) from order_goods)),
        ('customers', 'users', 0),
        ('customers', 'orders', 0),
        ('customers', 'order_events', 0)
) as begun (job, source, last_id);
