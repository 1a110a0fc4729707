-- The same order as the shop's (src/checkout/actions.rs), as one transaction and in the form that costs PostgreSQL least: one
-- statement, prepared, so that all of it takes one round trip. The same rows are written, the same rows locked in the same
-- order, the same guards checked; there is no HTTP around it, no session, no cart. An order that is refused ends the run.
-- Variables: users (ids of addresses begin with 1 and leave none out), skus (so do theirs), lines: 3 for three different ones,
-- 1 for the one SKU hot.

\set address random(1, :users)
\if :lines = 1
\set a :hot
\set b 0
\set c 0
\else
\set third :skus / 3
\set a random(1, :third)
\set b :a + :third
\set c :b + :third
\endif
\set token1 random(1000000000, 9999999999)
\set token2 random(1000000000, 9999999999)
\set suffix random(0, 999999)

with person as (
    select u.id, a.recipient, a.phone, a.region, a.street, a.postcode
    from addresses a join users u on u.id = a.user_id
    where a.id = :address and u.disabled_at is null
),
taken as (
    update skus k set stock = k.stock - l.count, sales = k.sales + l.count
    from (
        select s.id, w.count from skus s join unnest((array[:a, :b, :c]::bigint[])[1 : (:lines)::integer], '{1,1,1}'::integer[]) as w (id, count) on w.id = s.id
        order by s.id for no key update of s
    ) l
    where k.id = l.id and k.stock >= l.count and k.active
    returning k.id, k.spu_id, k.price, l.count
),
offers as (
    select t.id, t.spu_id, t.price, t.count, coalesce(st.name, s.name) as name, s.ground,
        coalesce((
            select string_agg(coalesce(vt.name, v.name), ', ' order by o.position)
            from sku_option_values kv
            join options o on o.id = kv.option_id
            join option_values v on v.id = kv.option_value_id
            left join texts vt on vt.option_value_id = v.id and vt.language = 'en'
            where kv.sku_id = t.id
        ), '') as options,
        (select i.file from images i where i.spu_id = s.id and (i.sku_id = t.id or i.sku_id is null)
         order by i.sku_id nulls last, i.position limit 1) as file
    from taken t
    join spus s on s.id = t.spu_id and s.published
    left join texts st on st.spu_id = s.id and st.language = 'en'
),
cost as (
    select sum(price * count) as goods, case when sum(price * count) < 199 then 10 else 0 end as freight, sum(count) as count
    from offers
),
placed as (
    insert into orders (user_id, checkout_token, status, pay_method, total_count, goods_amount, freight, total_amount,
        recipient, phone, region, street, postcode, note, placed_at, expires_at, number)
    select p.id, (:token1)::text || (:token2)::text, 'unsent', 'cod', c.count, c.goods, c.freight, c.goods + c.freight,
        p.recipient, p.phone, p.region, p.street, p.postcode, '', now(), null,
        to_char(now(), 'YYYYMMDDHH24MISS') || lpad(p.id::text, 9, '0') || lpad((:suffix)::text, 6, '0')
    from person p, cost c
    where c.count = :lines
    on conflict (user_id, checkout_token) do nothing
    returning id, number, user_id
),
goods as (
    insert into order_goods (order_id, sku_id, name, options, picture, ground, price, count)
    select p.id, o.id, o.name, o.options, o.file, o.ground, o.price, o.count from placed p, offers o
),
sold as (
    update spus s set sales = s.sales + l.count
    from (
        select x.id, t.count from spus x join (select spu_id, sum(count) as count from taken group by spu_id) t on t.spu_id = x.id
        order by x.id for no key update of x
    ) l
    where s.id = l.id
),
promised as (
    insert into outbox (kind, payload, due_at)
    select 'clear_cart', jsonb_build_object('user', p.user_id, 'order', p.number,
        'bought', (select jsonb_agg(jsonb_build_array(id, count)) from taken)), now() + interval '10 seconds'
    from placed p
    returning id
)
select 1 / count(*) from promised;
