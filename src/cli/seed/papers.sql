-- Refunds, questions and requests for a fapiao of the demo shop, and what its goods cost. Nobody gets an email about
-- them. Run by psql in a transaction: \i papers.sql

create temporary table demo_orders on commit drop as
select o.id, o.user_id, u.email, o.recipient, o.received_at, o.finished_at,
    row_number() over (order by o.paid_at desc, o.id) as n
from orders o join users u on u.id = o.user_id
where o.status = 'finished' and o.pay_method = 'alipay' and o.total_count >= 2 and u.username like 'demo-shopper-%';

-- Nine of ten SKUs have a cost.
update skus set cost = round(price * 0.6, 2) where id % 10 <> 0;

-- Of each eighth order a unit was paid back.
with unit as (
    select d.id as order_id, p.id as payment_id, p.number || '_r1' as number, d.finished_at, g.id as line, g.price
    from demo_orders d
    join payments p on p.order_id = d.id and p.counts
    cross join lateral (
        select g.id, g.price from order_goods g where g.order_id = d.id order by g.price, g.id limit 1
    ) g
    where d.n % 8 = 0
),
refund as (
    insert into refunds (payment_id, number, amount, status, reason, note, staff_id, created_at, sent_at, done_at)
    select payment_id, unit.number, price, 'done', 'lines', '演示：一件有瑕疵', u.id, finished_at,
        finished_at + interval '10 minutes', finished_at + interval '1 hour'
    from unit, users u
    where u.username = 'chen'
    returning id, payment_id
),
goods as (
    insert into refund_goods (refund_id, order_goods_id, count, amount)
    select r.id, u.line, 1, u.price from refund r join unit u on u.payment_id = r.payment_id
),
lines as (
    update order_goods g set refunded_amount = u.price from unit u where g.id = u.line
)
update orders o set refunded_amount = u.price from unit u where o.id = u.order_id;

-- A request for a fapiao in each status. Orders 8 and 16 are two of those of which a unit was paid back.
update invoice_settings set fapiao = true, version = version + 1;

with wanted (n, status, kind, title) as (
    values (1, 'requested', 'ordinary', ''), (2, 'issued', 'special', '杭州演示茶业有限公司'),
        (3, 'refused', 'ordinary', '杭州演示茶业'), (4, 'withdrawn', 'ordinary', ''),
        (8, 'to_reverse', 'ordinary', '杭州演示茶业有限公司'), (16, 'reversed', 'ordinary', '')
),
request as (
    insert into fapiao_requests (order_id, kind, title_kind, title, taxpayer_number, address, phone, bank, bank_account,
        email, status, status_since, requested_at, amount, issued_at, refusal, reversed_at)
    select d.id, w.kind, case when w.title = '' then 'person' else 'company' end,
        coalesce(nullif(w.title, ''), d.recipient), case when w.title = '' then '' else '91350100M000100Y43' end,
        case when w.kind = 'special' then '浙江省杭州市西湖区文三路 1 号' else '' end,
        case when w.kind = 'special' then '0571-88880000' else '' end,
        case when w.kind = 'special' then '工商银行杭州分行' else '' end,
        case when w.kind = 'special' then '6222020012345678' else '' end,
        d.email, w.status,
        case w.status
            when 'requested' then now() - interval '5 hours'
            when 'to_reverse' then d.finished_at + interval '1 hour'
            when 'reversed' then d.finished_at + interval '3 hours'
            else d.finished_at
        end,
        case w.status when 'requested' then now() - interval '5 hours' else d.received_at end,
        case when w.status in ('issued', 'to_reverse', 'reversed') then o.paid_amount end,
        case when w.status in ('issued', 'to_reverse', 'reversed') then d.finished_at end,
        case w.status when 'refused' then '演示：企业名称与税号不符，请核对后重新申请。' else '' end,
        case w.status when 'reversed' then d.finished_at + interval '3 hours' end
    from wanted w join demo_orders d on d.n = w.n join orders o on o.id = d.id
    returning id, issued_at, reversed_at
)
insert into fapiao_numbers (number, request_id, part)
select '2533200000' || lpad(id::text, 10, '0'), id, 'fapiao' from request where issued_at is not null
union all
select '2533200009' || lpad(id::text, 10, '0'), id, 'reversal' from request where reversed_at is not null;

-- Questions: two wait, two are answered, and one is closed. Orders 5 to 7 are those of their shoppers.
create temporary table demo_questions on commit drop as
select q.*, encode(sha256(convert_to('demo question ' || k, 'UTF8')), 'hex') as token
from (values
    (1, 'mei', null::bigint, 'open', 3, '演示提问：这款杯子可以进微波炉吗？', null, null::integer),
    (2, '', null, 'open', 26, '演示提问：可以开门店自提吗？', null, null),
    (3, 'mei', null, 'answered', 80, '演示提问：礼盒可以代写贺卡吗？', '演示回复：可以，请在订单备注里写下贺词。', 76),
    (4, 'shopper', 5, 'answered', 150, '演示提问：收到时外箱有压痕，内物完好。', '演示回复：谢谢告知，我们会提醒快递公司。', 140),
    (5, 'shopper', 6, 'closed', 220, '演示提问：包裹到哪里了？', '演示回复：今天上午已到达您的城市。', 215)
) q (k, who, n, status, hours, words, answer, answered);

with question as (
    insert into questions (order_id, user_id, email, guest_name, language, status, status_since, asked_at, proved_at,
        token)
    select d.id, case q.who when '' then null else coalesce(d.user_id, u.id) end,
        case q.who when '' then 'guest@example.com' end, case q.who when '' then '王先生' else '' end, 'zh', q.status,
        now() - coalesce(q.answered, q.hours) * interval '1 hour', now() - q.hours * interval '1 hour',
        now() - q.hours * interval '1 hour', q.token
    from demo_questions q
    left join demo_orders d on d.n = q.n
    left join users u on u.username = q.who
    where q.who = '' or coalesce(d.user_id, u.id) is not null
    order by q.hours desc
    returning id, token
)
insert into question_messages (question_id, author, staff_id, words, begins_waiting, token, written_at, mails_at)
select m.id, m.author, m.staff_id, m.words, m.author = 'shopper', m.token, m.at, now()
from (
    select s.id, 'shopper' as author, null::bigint as staff_id, q.words, q.token,
        now() - q.hours * interval '1 hour' as at
    from question s join demo_questions q on q.token = s.token
    union all
    select s.id, 'staff', u.id, q.answer, encode(sha256(convert_to('demo answer ' || q.k, 'UTF8')), 'hex'),
        now() - q.answered * interval '1 hour'
    from question s join demo_questions q on q.token = s.token join users u on u.username = 'chen'
    where q.answer is not null
) m
order by m.at;
