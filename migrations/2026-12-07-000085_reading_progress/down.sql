drop function follow_customers(integer, integer);
drop function follow_related(integer, integer);
drop function follow_stock();
drop function note_reading(text, text, bigint, bigint);
drop function oldest_transaction();
drop table reading_progress;
