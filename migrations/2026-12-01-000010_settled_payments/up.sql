-- What staff have settled of a strange payment: the gateway may say the same again, and nobody needs to look twice.

alter table payments add column settled text;

-- Staff look an attempt up by the gateway's number.
create index payments_trade_no_idx on payments (trade_no) where trade_no is not null;
