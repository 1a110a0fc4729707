drop trigger categories_are_a_tree on categories;
drop function keep_categories_a_tree();
alter table brands drop column version;
alter table categories drop column version;
