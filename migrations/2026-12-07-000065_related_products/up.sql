-- Which products were bought together, for the pages that suggest one beside the other. A job counts them from orders;
-- an order writes nothing of it.

create table related_products (
    spu_id bigint not null references spus on delete cascade,
    other_id bigint not null references spus on delete cascade check (other_id <> spu_id),
    -- How many shoppers have ordered both at once, in the last orders of the product; not how many orders, so that one
    -- shopper alone cannot bring two products together often.
    shoppers integer not null check (shoppers > 0),
    primary key (spu_id, other_id)
);

create index related_products_other_idx on related_products (other_id);

create table related_progress (
    is_only boolean primary key default true check (is_only),
    -- The last product that was counted again without a new order.
    checked_spu_id bigint not null default 0
);

insert into related_progress default values;

-- Counts again what was bought with these products: of the last 300 orders of each, without the canceled ones, the eight
-- products that most shoppers took too.
create function refresh_related(spus bigint[]) returns void language sql as $$
    with fresh as materialized (
        select w.id as spu_id, o.other_id, o.shoppers
        from (select distinct unnest(spus) as id) w
        cross join lateral (
            select k.spu_id as other_id, count(distinct recent.user_id)::integer as shoppers
            from (
                select distinct o.id, o.user_id
                from skus mine
                cross join lateral (
                    select order_id from order_goods where sku_id = mine.id order by order_id desc limit 300
                ) g
                join orders o on o.id = g.order_id and o.status <> 'canceled'
                where mine.spu_id = w.id
                order by o.id desc limit 300
            ) recent
            join order_goods other on other.order_id = recent.id
            join skus k on k.id = other.sku_id and k.spu_id <> w.id
            group by k.spu_id
            order by shoppers desc, k.spu_id limit 8
        ) o
    ),
    gone as (
        delete from related_products r
        where r.spu_id = any(spus)
            and not exists (select from fresh f where f.spu_id = r.spu_id and f.other_id = r.other_id)
    )
    insert into related_products as r (spu_id, other_id, shoppers)
    select spu_id, other_id, shoppers from fresh
    on conflict (spu_id, other_id) do update set shoppers = excluded.shoppers where r.shoppers <> excluded.shoppers
$$;
