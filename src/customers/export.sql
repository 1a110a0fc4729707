-- Everything that is kept of a shopper in the database, as one JSON object; pictures only by their names.
-- psql -v shopper=1 -f src/customers/export.sql
with own as materialized (
    select * from orders where user_id = :shopper
)
select jsonb_build_object(
    'account', (
        select jsonb_build_object('username', username, 'email', email, 'email_verified_at', email_verified_at,
            'created_at', created_at, 'password_changed_at', password_changed_at, 'closed_at', disabled_at)
        from users where id = :shopper
    ),
    'addresses', (
        select coalesce(jsonb_agg(jsonb_build_object('recipient', recipient, 'phone', phone, 'region', region,
            'street', street, 'postcode', postcode, 'is_default', is_default, 'created_at', created_at)
            order by id), '[]')
        from addresses where user_id = :shopper
    ),
    'unwanted_emails', (
        select coalesce(jsonb_agg(kind order by kind), '[]') from unwanted_mails where user_id = :shopper
    ),
    'orders', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'number', o.number, 'status', o.status, 'pay_method', o.pay_method, 'language', o.language,
            'placed_at', o.placed_at, 'paid_at', o.paid_at, 'sent_at', o.sent_at, 'received_at', o.received_at,
            'finished_at', o.finished_at, 'canceled_at', o.canceled_at, 'refunded_at', o.refunded_at,
            'recipient', o.recipient, 'phone', o.phone, 'region', o.region, 'street', o.street, 'postcode', o.postcode,
            'note', o.note, 'goods_amount', o.goods_amount, 'freight', o.freight, 'discount', o.discount,
            'total_amount', o.total_amount, 'paid_amount', o.paid_amount, 'refunded_amount', o.refunded_amount,
            'lines', (
                select coalesce(jsonb_agg(jsonb_build_object('sku', k.code, 'name', g.name, 'options', g.options,
                    'price', g.price, 'count', g.count, 'sent', g.sent_count, 'returned', g.returned_count,
                    'withdrawn', g.withdrawn_count, 'discount', g.discount, 'refunded', g.refunded_amount)
                    order by g.id), '[]')
                from order_goods g join skus k on k.id = g.sku_id where g.order_id = o.id
            ),
            'events', (
                select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'event', e.event, 'by', e.actor,
                    'details', e.details - 'token') order by e.id), '[]')
                from order_events e where e.order_id = o.id
            ),
            'payments', (
                select coalesce(jsonb_agg(jsonb_build_object('number', p.number, 'pay_method', p.pay_method,
                    'amount', p.amount, 'status', p.status, 'trade_no', p.trade_no, 'created_at', p.created_at,
                    'paid_at', p.paid_at, 'closed_at', p.closed_at,
                    'notifications', (
                        select coalesce(jsonb_agg(jsonb_build_object('received_at', n.first_at, 'times', n.times,
                            'outcome', n.outcome, 'body', encode(n.body, 'escape')) order by n.id), '[]')
                        from payment_notifications n where n.payment_id = p.id
                    ),
                    'refunds', (
                        select coalesce(jsonb_agg(jsonb_build_object('number', r.number, 'amount', r.amount,
                            'freight', r.freight, 'status', r.status, 'reason', r.reason, 'note', r.note,
                            'created_at', r.created_at, 'done_at', r.done_at) order by r.id), '[]')
                        from refunds r where r.payment_id = p.id
                    )) order by p.id), '[]')
                from payments p where p.order_id = o.id
            ),
            'parcels', (
                select coalesce(jsonb_agg(jsonb_build_object('carrier', c.code, 'number', s.number, 'status', s.status,
                    'sent_at', s.sent_at) order by s.id), '[]')
                from shipments s join carriers c on c.id = s.carrier_id where s.order_id = o.id
            ),
            'cancellation_requests', (
                select coalesce(jsonb_agg(jsonb_build_object('reason', c.reason, 'asked_at', c.asked_at,
                    'accepted', c.accepted, 'answered_at', c.answered_at) order by c.id), '[]')
                from cancellation_requests c where c.order_id = o.id
            ),
            'returns', (
                select coalesce(jsonb_agg(jsonb_build_object('kind', t.kind, 'status', t.status, 'reason', t.reason,
                    'words', t.words, 'answer', t.answer, 'carrier', t.carrier, 'tracking_number', t.tracking_number,
                    'asked_at', t.asked_at, 'closed_at', t.closed_at,
                    'pictures', (
                        select coalesce(jsonb_agg(
                            'pictures/return-' || p.return_id || '-' || p.position || '.' || p.kind order by p.position), '[]')
                        from return_pictures p where p.return_id = t.id
                    )) order by t.id), '[]')
                from returns t where t.order_id = o.id
            ),
            'reviews', (
                select coalesce(jsonb_agg(jsonb_build_object('stars', r.stars, 'words', r.words, 'status', r.status,
                    'hidden_reason', r.hidden_reason, 'answer', r.answer, 'written_at', r.written_at,
                    'edited_at', r.edited_at,
                    'pictures', (
                        select coalesce(jsonb_agg('pictures/review-' || p.review_id || '-' || p.position || '.jpg'
                            order by p.position), '[]')
                        from review_pictures p where p.review_id = r.id
                    )) order by r.id), '[]')
                from reviews r where r.order_id = o.id
            ),
            'invoices', (
                select coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'number', i.number,
                    'issued_at', i.issued_at, 'buyer_name', i.buyer_name, 'buyer_address', i.buyer_address,
                    'buyer_tax_number', i.buyer_tax_number, 'net', i.net, 'tax', i.tax, 'gross', i.gross)
                    order by i.id), '[]')
                from invoices i where i.order_id = o.id
            ),
            'invoice_for', (
                select jsonb_build_object('company', b.name, 'tax_number', b.tax_number)
                from invoice_buyers b where b.order_id = o.id
            ),
            'fapiao', (
                select coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'title', f.title,
                    'taxpayer_number', f.taxpayer_number, 'address', f.address, 'phone', f.phone, 'bank', f.bank,
                    'bank_account', f.bank_account, 'email', f.email, 'status', f.status,
                    'requested_at', f.requested_at, 'issued_at', f.issued_at, 'refusal', f.refusal,
                    'numbers', array(select n.number from fapiao_numbers n where n.request_id = f.id order by n.number))
                    order by f.id), '[]')
                from fapiao_requests f where f.order_id = o.id
            ),
            'emails', (
                select coalesce(jsonb_agg(jsonb_build_object('kind', m.kind, 'sent_at', m.sent_at) order by m.id), '[]')
                from order_mails m where m.order_id = o.id and m.sent_at is not null
            )) order by o.id), '[]')
        from own o
    ),
    'questions', (
        select coalesce(jsonb_agg(jsonb_build_object('asked_at', q.asked_at, 'status', q.status,
            'order', (select number from orders o where o.id = q.order_id),
            'messages', (
                select coalesce(jsonb_agg(jsonb_build_object('by', m.author, 'words', m.words,
                    'written_at', m.written_at,
                    'pictures', (
                        select coalesce(jsonb_agg('pictures/question-' || p.message_id || '-' || p.position || '.jpg'
                            order by p.position), '[]')
                        from question_pictures p where p.message_id = m.id
                    )) order by m.id), '[]')
                from question_messages m where m.question_id = q.id
            ),
            'emails', (
                select coalesce(jsonb_agg(jsonb_build_object('kind', m.kind, 'sent_at', m.sent_at) order by m.id), '[]')
                from question_mails m where m.question_id = q.id and m.sent_at is not null
            )) order by q.id), '[]')
        from questions q
        where q.user_id = :shopper
            -- Anybody can sign up with an address that is not theirs.
            or q.email is not null and q.proved_at is not null
                and lower(q.email) = (
                    select lower(email) from users where id = :shopper and email_verified_at is not null
                )
    ),
    'notes_of_the_shop', (
        select coalesce(jsonb_agg(jsonb_build_object('words', words, 'written_at', written_at) order by id), '[]')
        from customer_notes where user_id = :shopper
    )
) as data;
