-- Adds 1,000,000 orders of the last 400 days to a shop that has SKUs and users, for benches/order_list.rs:
-- psql "$DATABASE_URL" -v orders=1000000 -f benches/orders.sql
-- The first SKU is in every third order; half of the phones begin with 138. Stock is not counted down.
create temporary table bench_skus as
    select row_number() over (order by k.id) - 1 as place, k.id, k.price, s.name
    from skus k join spus s on s.id = k.spu_id where k.active order by k.id limit 1000;
create temporary table bench_users as
    select row_number() over (order by id) - 1 as place, id from users where role = 'shopper' order by id limit 100000;
create index on bench_skus (place);
create index on bench_users (place);
analyze bench_skus, bench_users;

create temporary table bench_orders as
with sizes as (select (select count(*) from bench_users) as users, (select count(*) from bench_skus) as skus),
drawn as (
    select i, now() - (:orders - i) * interval '400 days' / :orders as placed_at,
        abs(hashint8extended(i, 1)) as a, abs(hashint8extended(i, 2)) as b, abs(hashint8extended(i, 3)) as c
    from generate_series(1, :orders) i
),
aged as (select *, now() - placed_at as age, case when a % 10 < 7 then 'alipay' else 'cod' end as pay_method from drawn),
moved as (
    select *, case
        when age < interval '30 minutes' and pay_method = 'alipay' then 'unpaid'
        when b % 10 = 0 then 'canceled'
        when age < interval '36 hours' then 'unsent'
        when age < interval '8 days' then 'unreceived'
        when age < interval '23 days' then 'unreviewed'
        when b % 50 = 1 then 'refunded'
        else 'finished' end as status
    from aged
)
select m.*, u.id as user_id, first.id as first_sku, first.price as first_price, first.name as first_name,
    second.id as second_sku, second.price as second_price, second.name as second_name
from moved m cross join sizes
join bench_users u on u.place = m.a % sizes.users
join bench_skus first on first.place = case when m.c % 3 = 0 then 0 else 1 + m.b % (sizes.skus - 1) end
left join bench_skus second on second.place = 1 + m.a % (sizes.skus - 1) and second.id <> first.id and m.c % 2 = 0
order by m.i;

insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight, total_amount,
    recipient, phone, region, street, postcode, placed_at, expires_at, paid_at, paid_amount, sent_at, received_at,
    finished_at, canceled_at, refunded_at, canceled_by)
select to_char(placed_at, 'YYYYMMDDHH24MISS') || lpad((user_id % 1000000000)::text, 9, '0')
        || (select string_agg(substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ', 1 + (b / power(31, n)::bigint % 31)::int, 1), '')
            from generate_series(0, 5) n),
    user_id, 'bench-' || lpad(i::text, 16, '0'), status, pay_method, case when second_sku is null then 1 else 3 end,
    amount, 10, amount + 10,
    case when c % 20 = 0 then 'Robin Fisher'
        else substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗', (1 + a % 20)::int, 1)
            || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平', (1 + b % 20)::int, 1)
            || substr('子文一佳梓欣雨思嘉晨宇浩然轩博睿泽航诗涵', (1 + c % 20)::int, 1) end,
    case when b % 2 = 0 then '138' else '13' || (4 + a % 4) end || lpad((c % 100000000)::text, 8, '0'),
    '上海市 黄浦区', '南京东路 ' || c % 1000 || ' 号', '', placed_at,
    case when pay_method = 'alipay' then placed_at + interval '30 minutes' end,
    case when is_paid then placed_at + interval '2 minutes' end,
    case when is_paid then amount + 10 else 0 end,
    case when status in ('unreceived', 'unreviewed', 'finished', 'refunded') then placed_at + interval '30 hours' end,
    case when status in ('unreviewed', 'finished', 'refunded') then placed_at + interval '4 days' end,
    case when status = 'finished' then placed_at + interval '20 days' end,
    case when status = 'canceled' then placed_at + interval '31 minutes' end,
    case when status = 'refunded' then placed_at + interval '10 days' end,
    case when status = 'canceled' then 'expiry' end
from (
    select *, first_price + coalesce(second_price * 2, 0) as amount,
        case pay_method when 'alipay' then status not in ('unpaid', 'canceled')
            else status in ('unreviewed', 'finished', 'refunded') end as is_paid
    from bench_orders
) o;

insert into order_goods (order_id, sku_id, name, price, count)
select o.id, line.sku_id, line.name, line.price, line.count
from bench_orders b join orders o on o.user_id = b.user_id and o.checkout_token = 'bench-' || lpad(b.i::text, 16, '0')
cross join lateral (
    values (b.first_sku, b.first_name, b.first_price, 1), (b.second_sku, b.second_name, b.second_price, 2)
) line (sku_id, name, price, count)
where line.sku_id is not null;

-- Parcels of what was sent.
insert into shipments (order_id, carrier_id, number, sent_at)
select o.id, 1 + o.id % 3, 'SF' || 1000000000000 + abs(hashint8extended(o.id, 4)) % 9000000000000, o.sent_at
from orders o where o.sent_at is not null and o.checkout_token like 'bench-%';

drop table bench_orders, bench_skus, bench_users;
vacuum analyze orders, order_goods, shipments;
