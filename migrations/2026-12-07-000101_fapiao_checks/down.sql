-- A check that was validated stays as it is.
select 1;
