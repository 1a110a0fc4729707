-- The same order as the shop's (src/checkout/actions.rs), in the form that costs PostgreSQL least and locks popular
-- rows for the shortest time: a function, so that everything takes one round trip and every statement keeps its plan.
-- It writes the same rows, locks the same rows in the same order, and checks the same guards, without HTTP, session and
-- cart. For a shopper who has reached the default limits of open orders it returns null. Called by
-- benches/checkout.pgbench.sql; it orders one of each SKU in `wanted`, for the owner of `address`.
--
-- The stock is deducted before the order lines are inserted: then the foreign key of the lines finds rows that this
-- transaction has locked. Otherwise other transactions share the lock of the SKU with the one that updates it, which
-- makes an order half as expensive again.
create function place_order(address bigint, wanted bigint[], token text, suffix text) returns text language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare
    counts integer[] := array_fill(1, array[cardinality(wanted)]);
    who record;
    held record;
    offers record;
    placed record;
    spus bigint[];
    sold integer[];
begin
    select u.id, a.recipient, a.phone, a.region, a.street, a.postcode into who
    from addresses a join users u on u.id = a.user_id where a.id = address and u.disabled_at is null;
    perform pg_advisory_xact_lock(hashtextextended('till orders', who.id));
    select array_agg(id) as ids, array_agg(name) as names, array_agg(options) as options, array_agg(file) as files,
        array_agg(background) as backgrounds, array_agg(price) as prices, sum(price * count) as goods,
        sum(count) as count, bool_and(on_sale and stock >= count) as there
    into offers from (
        select k.id, coalesce(st.name, s.name) as name,
            coalesce((
                select string_agg(coalesce(vt.name, v.name), ', ' order by o.position)
                from sku_option_values kv
                join options o on o.id = kv.option_id
                join option_values v on v.id = kv.option_value_id
                left join texts vt on vt.option_value_id = v.id and vt.language = 'en'
                where kv.sku_id = k.id
            ), '') as options,
            (select i.file from images i where i.spu_id = s.id
             order by case when i.option_value_id is null then 1
                when exists (select from sku_option_values kv
                    where kv.sku_id = k.id and kv.option_value_id = i.option_value_id) then 0
                else 2 end, i.position limit 1) as file,
            s.background, k.price, k.stock, k.active and s.published as on_sale, w.count
        from unnest(wanted, counts) as w (id, count) join skus k on k.id = w.id
        join spus s on s.id = k.spu_id
        left join texts st on st.spu_id = s.id and st.language = 'en'
    ) as o;
    if who is null or not coalesce(offers.there, false) then raise 'refused'; end if;
    with theirs as materialized (
        select o.id from orders o
        where o.user_id = who.id and o.status in ('unpaid', 'unsent') and o.paid_at is null and o.id >= (
            select min(p.id) from (
                select id from orders where placed_at >= now() - interval '9 days' order by placed_at, id limit 100
            ) p)
    )
    select (select count(*) from theirs) as orders, coalesce(max(sku.pieces), 0) as pieces into held from (
        select sum(g.count) as pieces from theirs o join order_goods g on g.order_id = o.id
        where g.sku_id = any(wanted) group by g.sku_id
    ) sku;
    if held.orders >= 10 or held.pieces >= 10 then return null; end if;
    insert into orders (user_id, checkout_token, status, pay_method, total_count, goods_amount, freight, total_amount,
        recipient, phone, region, street, postcode, note, placed_at, expires_at, number)
    values (who.id, token, 'unsent', 'cod', offers.count, offers.goods, case when offers.goods < 199 then 10 else 0 end,
        offers.goods + case when offers.goods < 199 then 10 else 0 end,
        who.recipient, who.phone, who.region, who.street, who.postcode, '', now(), null,
        to_char(now(), 'YYYYMMDDHH24MISS') || lpad(who.id::text, 9, '0') || suffix)
    on conflict (user_id, checkout_token) do nothing returning id, number into placed;
    insert into outbox (kind, payload, due_at)
    values ('clear_cart', jsonb_build_object('user', who.id, 'order', placed.number,
        'bought', (select jsonb_agg(jsonb_build_array(id, count)) from unnest(wanted, counts) as w (id, count))), now() + interval '10 seconds');
    with locked as materialized (
        select k.id, w.count, w.price from unnest(wanted, counts, offers.prices) as w (id, count, price) join skus k on w.id = k.id
        order by k.id for no key update of k
    ),
    taken as (
        update skus k set stock = k.stock - l.count, sales = k.sales + l.count
        from locked l where k.id = l.id and k.stock >= l.count and k.price = l.price and k.active
        returning k.spu_id, l.count
    )
    select array_agg(spu_id), array_agg(count) into spus, sold from taken;
    if cardinality(spus) is distinct from cardinality(wanted) then raise 'refused'; end if;
    insert into order_goods (order_id, sku_id, name, options, picture, background, price, count)
    select placed.id, *
    from unnest(offers.ids, offers.names, offers.options, offers.files, offers.backgrounds, offers.prices, counts);
    with sold as (
        select id, sum(count) as count from unnest(spus, sold) as t (id, count) group by id
    ),
    locked as materialized (
        select s.id, sold.count from spus s join sold on sold.id = s.id order by s.id for no key update of s
    )
    update spus s set sales = s.sales + l.count from locked l where s.id = l.id;
    return placed.number;
end
$$;
