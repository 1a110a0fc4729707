-- What changed in the catalog, for the search index that each process keeps in memory (docs/search.md). A row says which
-- SPU to read again (`spu`), or of which only what lists sort and filter by changed (`listing`), or that the names of
-- categories or brands changed (`taxonomy`). It has the id of its transaction,
-- because ids from a sequence do not become visible in their order: a reader reads on from the oldest transaction that
-- was still running when it last read.
create table search_changes (
    changed_in bigint not null default pg_current_xact_id()::text::bigint,
    kind text not null check (kind in ('spu', 'listing', 'taxonomy')),
    key bigint not null,
    at timestamptz not null default now(),
    primary key (changed_in, kind, key)
);

create index search_changes_at_idx on search_changes (at);

-- Returns a code as searches compare it: in lower case, without the signs that people leave out.
create function code_key(code text) returns text language sql immutable strict parallel safe as $$
    select translate(lower(code), '-_./ ', '')
$$;

create index skus_code_key_idx on skus (code_key(code) collate "C");

-- Searches of a day for which nothing was found, for the merchant. They have no account, address or time.
create table search_misses (
    day date not null,
    words text not null check (length(words) between 1 and 100),
    searches bigint not null default 1 check (searches > 0),
    primary key (day, words)
);

create function note_search_change(spus bigint[]) returns void language sql as $$
    insert into search_changes (kind, key) select distinct 'spu', spu from unnest(spus) as spu where spu is not null
    on conflict do nothing
$$;

create function search_changes_of_rows() returns trigger language plpgsql as $$
begin
    case tg_table_name
        when 'spus' then
            perform note_search_change(array(select id from changed));
        when 'skus' then
            perform note_search_change(array(select spu_id from changed));
        when 'sku_option_values' then
            perform note_search_change(array(
                select k.spu_id from changed c join skus k on k.id = c.sku_id
            ));
        when 'texts' then
            perform note_search_change(array(
                select spu_id from changed where spu_id is not null
                union
                select o.spu_id from changed c
                join option_values v on v.id = c.option_value_id join options o on o.id = v.option_id
            ));
            if exists (select from changed where category_id is not null or brand_id is not null) then
                insert into search_changes (kind, key) values ('taxonomy', 0) on conflict do nothing;
            end if;
    end case;
    return null;
end
$$;

create function search_changes_of_one() returns trigger language plpgsql as $$
begin
    case tg_table_name
        when 'spus' then
            perform note_search_change(array[new.id]);
        when 'skus' then
            perform note_search_change(array[old.spu_id, new.spu_id]);
        when 'option_values' then
            perform note_search_change(array(select spu_id from options where id = new.option_id));
        when 'texts' then
            perform note_search_change(array[old.spu_id, new.spu_id] || array(
                select o.spu_id from option_values v join options o on o.id = v.option_id
                where v.id in (old.option_value_id, new.option_value_id)
            ));
            if num_nonnulls(old.category_id, new.category_id, old.brand_id, new.brand_id) > 0 then
                insert into search_changes (kind, key) values ('taxonomy', 0) on conflict do nothing;
            end if;
    end case;
    return null;
end
$$;

create function search_changes_of_listings() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, key)
    select 'listing', spu_id from changed where category_id = 0 and until = 9223372036854775807
    on conflict do nothing;
    return null;
end
$$;

create trigger search_changes_of_new after insert on listings
    referencing new table as changed for each statement execute function search_changes_of_listings();
create trigger search_changes_of_changed after update on listings
    referencing new table as changed for each statement execute function search_changes_of_listings();

create function search_changes_of_taxonomy() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, key) values ('taxonomy', 0) on conflict do nothing;
    return null;
end
$$;

create trigger search_changes_of_new after insert on spus
    referencing new table as changed for each statement execute function search_changes_of_rows();
create trigger search_changes_of_gone after delete on spus
    referencing old table as changed for each statement execute function search_changes_of_rows();
-- No sale changes one of these columns, so orders never write here.
create trigger search_changes_of_changed
    after update of name, description, category_id, brand_id, published on spus
    for each row when (
        (old.name, old.description, old.category_id, old.brand_id, old.published)
        is distinct from (new.name, new.description, new.category_id, new.brand_id, new.published)
    ) execute function search_changes_of_one();

create trigger search_changes_of_new after insert on skus
    referencing new table as changed for each statement execute function search_changes_of_rows();
create trigger search_changes_of_gone after delete on skus
    referencing old table as changed for each statement execute function search_changes_of_rows();
create trigger search_changes_of_changed after update of active, spu_id on skus
    for each row when ((old.active, old.spu_id) is distinct from (new.active, new.spu_id))
    execute function search_changes_of_one();

create trigger search_changes_of_new after insert on sku_option_values
    referencing new table as changed for each statement execute function search_changes_of_rows();
create trigger search_changes_of_gone after delete on sku_option_values
    referencing old table as changed for each statement execute function search_changes_of_rows();

create trigger search_changes_of_changed after update of name on option_values
    for each row when (old.name is distinct from new.name) execute function search_changes_of_one();

create trigger search_changes_of_new after insert on texts
    referencing new table as changed for each statement execute function search_changes_of_rows();
create trigger search_changes_of_gone after delete on texts
    referencing old table as changed for each statement execute function search_changes_of_rows();
create trigger search_changes_of_changed after update on texts
    for each row when (old is distinct from new) execute function search_changes_of_one();

create trigger search_changes_of_taxonomy after insert or delete on brands
    for each statement execute function search_changes_of_taxonomy();
create trigger search_changes_of_changed after update of name on brands
    for each row when (old.name is distinct from new.name) execute function search_changes_of_taxonomy();
create trigger search_changes_of_taxonomy after insert or delete on categories
    for each statement execute function search_changes_of_taxonomy();
create trigger search_changes_of_changed after update of name, slug, parent_id on categories
    for each row when ((old.name, old.slug, old.parent_id) is distinct from (new.name, new.slug, new.parent_id))
    execute function search_changes_of_taxonomy();
