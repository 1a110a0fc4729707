-- When the orders of a day were last counted: days are counted again in turn.
alter table order_days add column counted_at timestamptz not null default now();
