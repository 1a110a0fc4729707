select u.username || ', ' || o.checkout_token as key, o.orders::text as actual, '1' as expected
from (
    select user_id, checkout_token, count(*) as orders
    from orders group by user_id, checkout_token having count(*) > 1
) o join users u on u.id = o.user_id;
