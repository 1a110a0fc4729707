-- Places one order after the other by place_order (benches/checkout.function.sql). A refused order ends the run.
-- Variables: users and skus (their ids are consecutive from 1), lines (3 for three different SKUs, 1 for the SKU hot).

\set address random(1, :users)
\if :lines = 1
\set a :hot
\set b 0
\set c 0
\else
\set third :skus / 3
\set a random(1, :third)
\set b :a + :third
\set c :b + :third
\endif
\set token1 random(1000000000, 9999999999)
\set token2 random(1000000000, 9999999999)
\set suffix random(0, 16777215)

select place_order(:address, (array[:a, :b, :c]::bigint[])[1 : (:lines)::integer], (:token1)::text || (:token2)::text, lpad(upper(to_hex((:suffix)::integer)), 6, '0'));
