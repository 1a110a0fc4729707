-- Staff edit categories and brands: each has a version, so that nobody overwrites a change they have not seen.
alter table categories add column version integer not null default 1;
alter table brands add column version integer not null default 1;

-- The category tree has no cycles and at most ten levels. It has one writer at a time: two moves that are each right
-- could make a cycle together.
create function keep_categories_a_tree() returns trigger language plpgsql as $$
declare
    above integer;
    below integer;
    circle boolean;
begin
    perform pg_advisory_xact_lock(hashtext('till categories'));
    with recursive up (id, height) as (
        select new.parent_id, 1
        union all
        select c.parent_id, up.height + 1 from up join categories c on c.id = up.id
        where c.parent_id is not null and up.height < 20
    )
    select max(height) filter (where id is not null), bool_or(id = new.id) into above, circle from up;
    if circle then
        raise exception 'category % would stand below itself', new.id
            using errcode = 'check_violation', constraint = 'categories_no_circle';
    end if;
    with recursive down (id, height) as (
        select new.id, 1
        union all
        select c.id, down.height + 1 from down join categories c on c.parent_id = down.id where down.height < 20
    )
    select max(height) into below from down;
    if coalesce(above, 0) + below > 10 then
        raise exception 'category % would stand too deep', new.id
            using errcode = 'check_violation', constraint = 'categories_height';
    end if;
    return null;
end
$$;

create trigger categories_are_a_tree after insert or update of parent_id on categories
    for each row when (new.parent_id is not null) execute function keep_categories_a_tree();
