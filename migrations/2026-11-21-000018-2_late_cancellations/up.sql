-- What stopped counting later than two hours after it was placed: few orders, since what nobody pays is canceled within an
-- hour. They are subtracted from what is kept of their day, which leaves out all that stopped counting sooner.
create index orders_late_idx on orders (placed_at) include (total_amount)
    where status in ('canceled', 'refunded')
        and coalesce(least(canceled_at, refunded_at) - placed_at > interval '2 hours', true);

-- Until now it was kept with all that was placed.
delete from order_days;
