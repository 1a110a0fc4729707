-- Two options of a product, or two values of an option, with the same name cannot be told apart. Existing ones get a
-- number after their name. The forms compare more strictly, regardless of capitals.
lock table options, option_values in share row exclusive mode;

do $$
begin
    loop
        update options o set name = left(o.name, 50) || ' ' || (t.nth + 1)
        from (select id, row_number() over (partition by spu_id, name order by position) - 1 as nth from options) t
        where t.id = o.id and t.nth > 0;
        exit when not found;
    end loop;
    loop
        update option_values v set name = left(v.name, 50) || ' ' || (t.nth + 1)
        from (select id, row_number() over (partition by option_id, name order by position) - 1 as nth from option_values) t
        where t.id = v.id and t.nth > 0;
        exit when not found;
    end loop;
end
$$;

-- Checked at the end of a transaction, so that two can swap their names.
alter table options add constraint options_name_key unique (spu_id, name) deferrable initially deferred;
alter table option_values add constraint option_values_name_key unique (option_id, name) deferrable initially deferred;
