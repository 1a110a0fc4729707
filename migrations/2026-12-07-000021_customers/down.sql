drop table customer_notes;
drop function refresh_customers;
drop view customers_now;
drop table customers_progress;
drop table customers;
