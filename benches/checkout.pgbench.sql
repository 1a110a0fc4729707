-- What the shop's transaction says to PostgreSQL for an order of three SKUs (src/checkout/actions.rs), statement by
-- statement and with nothing around it: no HTTP, no session, no cart. pgbench sends each and waits for its answer, as the
-- shop does. It needs the variables users and skus, and ids that begin with 1 and leave none out.

\set user random(1, :users)
-- Three different ones.
\set third :skus / 3
\set a random(1, :third)
\set b :a + :third
\set c :b + :third
\set token1 random(1000000000, 9999999999)
\set token2 random(1000000000, 9999999999)
\set suffix random(0, 999999)

BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED;

SELECT users.id AS user_id, users.username, users.email, users.role, users.disabled_at, users.password_changed_at,
    addresses.id AS address_id, addresses.recipient, addresses.phone, addresses.region, addresses.street,
    addresses.postcode, addresses.is_default
FROM users LEFT OUTER JOIN addresses ON addresses.user_id = users.id AND addresses.id = :user
WHERE users.id = :user LIMIT 1
\gset

-- The offers. The shop gets three rows; pgbench can keep but one, so they come folded together.
select array_agg(id) as ids, array_agg(spu_id) as spus, array_agg(name) as names, array_agg(options) as options,
    array_agg(file) as pictures, array_agg(ground) as grounds, array_agg(price) as prices, sum(price) as goods
from (
    select k.id, k.spu_id, coalesce(st.name, s.name) as name,
        coalesce((
            select string_agg(coalesce(vt.name, v.name), ', ' order by o.position)
            from sku_option_values kv
            join options o on o.id = kv.option_id
            join option_values v on v.id = kv.option_value_id
            left join texts vt on vt.option_value_id = v.id and vt.language = (select 'en')
            where kv.sku_id = k.id
        ), '') as options,
        (select i.file from images i where i.spu_id = s.id and (i.sku_id = k.id or i.sku_id is null)
         order by i.sku_id nulls last, i.position limit 1) as file,
        s.ground, k.price, k.stock, k.active and s.published as on_sale
    from skus k
    join spus s on s.id = k.spu_id
    left join texts st on st.spu_id = s.id and st.language = (select 'en')
    where k.id = any((select array[:a, :b, :c])::bigint[]) order by k.id
) as offers
\gset

SAVEPOINT diesel_savepoint_1;

INSERT INTO orders (user_id, checkout_token, status, pay_method, total_count, goods_amount, freight, total_amount,
    recipient, phone, region, street, postcode, note, placed_at, expires_at, number)
VALUES (:user, (:token1)::text || (:token2)::text, 'unsent', 'cod', 3, :goods::numeric,
    case when :goods::numeric < 199 then 10 else 0 end, :goods::numeric + case when :goods::numeric < 199 then 10 else 0 end,
    :recipient::text, :phone::text, :region::text, :street::text, :postcode::text, '', now(), null,
    to_char(now(), 'YYYYMMDDHH24MISS') || lpad((:user)::text, 9, '0') || lpad((:suffix)::text, 6, '0'))
ON CONFLICT (user_id, checkout_token) DO NOTHING RETURNING id AS order_id, number
\gset

RELEASE SAVEPOINT diesel_savepoint_1;

SAVEPOINT diesel_savepoint_1;

insert into order_goods (order_id, sku_id, name, options, picture, ground, price, count)
select :order_id::bigint, * from unnest((select :ids::bigint[]), (select :names::text[]), (select :options::text[]),
    (select :pictures::text[]), (select :grounds::text[]), (select :prices::numeric[]), (select '{1,1,1}'::integer[]));

with wanted as (
    select * from unnest((select :ids::bigint[]), (select '{1,1,1}'::integer[]), (select :prices::numeric[]))
        as w (id, count, price)
),
locked as materialized (
    select k.id, w.count, w.price from skus k join wanted w on w.id = k.id
    order by k.id for no key update of k
)
update skus k
set stock = k.stock - l.count, sales = k.sales + l.count
from locked l
where k.id = l.id and k.stock >= l.count and k.price = l.price and k.active
returning k.id, k.spu_id, l.count;

with sold as (
    select id, sum(count) as count from unnest((select :spus::bigint[]), (select '{1,1,1}'::integer[])) as t (id, count)
    group by id
),
locked as materialized (
    select s.id, sold.count from spus s join sold on sold.id = s.id
    order by s.id for no key update of s
)
update spus s set sales = s.sales + l.count from locked l where s.id = l.id;

RELEASE SAVEPOINT diesel_savepoint_1;

INSERT INTO outbox (kind, payload, due_at)
VALUES ('clear_cart', jsonb_build_object('user', (:user)::bigint, 'order', :number::text,
    'bought', jsonb_build_array(jsonb_build_array((:a)::bigint, 1), jsonb_build_array((:b)::bigint, 1),
    jsonb_build_array((:c)::bigint, 1))), now() + interval '10 seconds')
RETURNING id;

select;

COMMIT;
