-- So many orders that wait to be paid, each of one unit, and an open attempt for each. Prints number and amount of the
-- attempts. Called by benches/measure with `count`, and with `shoppers`, how many users order meanwhile: others than these
-- have placed these orders.
create temp table wanted as
select n, p.id as user_id, k.id as sku_id, k.spu_id, k.price,
    'bench' || lpad(txid_current()::text, 12, '0') || lpad(n::text, 8, '0') as token
from generate_series(1, :count) n
join (
    select id, row_number() over (order by id) as place, count(*) over () as all_of_them
    from (select id from users where username like 'scale-%' order by id offset :shoppers) u
) p on p.place = n % p.all_of_them + 1
join (
    select id, spu_id, price, row_number() over (order by id) as place, count(*) over () as all_of_them
    from skus where active and stock > 100
) k on k.place = n % k.all_of_them + 1;
insert into orders (user_id, checkout_token, status, pay_method, total_count, goods_amount, freight, total_amount, recipient,
    phone, region, street, postcode, placed_at, expires_at, number)
select user_id, token, 'unpaid', 'alipay', 1, price, 10, price + 10, 'Mei Lin', '13800138000', 'Shanghai', '2 Anfu Road',
    '200031', now(), now() + interval '1 hour',
    to_char(now(), 'YYYYMMDDHH24MISS') || lpad(user_id::text, 9, '0') || lpad(n::text, 6, '0')
from wanted;
insert into order_goods (order_id, sku_id, name, price, count)
select o.id, w.sku_id, 'Thing', w.price, 1 from wanted w join orders o on o.checkout_token = w.token;
update skus k set stock = k.stock - w.count, sales = k.sales + w.count
from (select sku_id, count(*) as count from wanted group by sku_id) w where k.id = w.sku_id;
update spus s set sales = s.sales + w.count
from (select spu_id, count(*) as count from wanted group by spu_id) w where s.id = w.spu_id;
insert into payments (order_id, pay_method, number, amount, expires_at)
select o.id, 'alipay', o.number || '_1', o.total_amount, o.expires_at
from wanted w join orders o on o.checkout_token = w.token
returning number, amount;
