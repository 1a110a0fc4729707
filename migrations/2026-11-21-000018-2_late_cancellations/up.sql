-- Orders that were canceled or refunded more than two hours after they were placed: few, since unpaid orders are
-- canceled within an hour. They are subtracted from the recorded day, which leaves out all that were canceled sooner.
create index orders_late_idx on orders (placed_at) include (total_amount)
    where status in ('canceled', 'refunded')
        and coalesce(least(canceled_at, refunded_at) - placed_at > interval '2 hours', true);

-- Recorded days counted all orders so far.
delete from order_days;
