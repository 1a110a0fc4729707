-- Everything by which staff find and sort SKUs, in one row for each: one index answers a search, however common its
-- words are, and no other table is read. It contains nothing that a sale changes, so orders never write to it.

create extension if not exists pg_trgm;

-- The words of an SPU's names for the rows of its SKUs. It serializes writers of those rows and writers of the names.
create table spu_search (
    spu_id bigint primary key references spus on delete cascade,
    words text not null
);

-- Only triggers write here, so no foreign key to `skus` is needed.
create table sku_search (
    sku_id bigint primary key,
    category_id bigint not null,
    brand_id bigint,
    active boolean not null,
    code text not null,
    name text not null,
    -- The words of the SPU in every language, of the SKU and of its code.
    words text not null
);

-- Every reader also scans the list of entries that are not yet in the index. This length costs a reader some hundreds
-- of microseconds, and writing many rows takes a fifth of the time that it takes without the list.
create index sku_search_words_idx on sku_search using gin (words gin_trgm_ops) with (gin_pending_list_limit = 1024);
create index sku_search_code_idx on sku_search (code);
create index sku_search_name_idx on sku_search (name, sku_id);
create index sku_search_inactive_idx on sku_search (sku_id) where not active;
create index sku_search_of_category_idx on sku_search (category_id, sku_id);
create index sku_search_of_brand_idx on sku_search (brand_id, sku_id);

-- The SKUs of a category or a brand often stand together by code or by name ("SH-1001", "Zwilling ..."), far from the
-- start of the whole list. So each has its own order.
create index sku_search_category_code_idx on sku_search (category_id, code);
create index sku_search_category_name_idx on sku_search (category_id, name, sku_id);
create index sku_search_brand_code_idx on sku_search (brand_id, code);
create index sku_search_brand_name_idx on sku_search (brand_id, name, sku_id);

-- Lower-case text, a space before each word. Chinese words have one or two characters, which a trigram index cannot
-- find; so each pair of neighbors, one of which is not ASCII, and the last character are repeated as words.
create function search_words(said text) returns text language plpgsql immutable strict parallel safe as $$
begin
    if octet_length(said) = length(said) then
        return ' ' || lower(said);
    end if;
    return ' ' || lower(said) || coalesce((
        select string_agg(distinct ' ' || part, '')
        -- Runs of ASCII are of no use here but for their ends.
        from (select regexp_replace(lower(said), '([ -~])[ -~]+([ -~])', '\1 \2', 'g') as ends) e
        cross join generate_series(1, length(ends)) as first
        cross join rtrim(substr(ends, first, 2)) as part
        where part ~ '^[^ ]' and part ~ '[^ -~]'
    ), '');
end
$$;

-- What both tables must contain.
create view spu_search_now as
    select s.id as spu_id, search_words(concat_ws(' ', s.name,
        (select string_agg(t.name, ' ' order by t.language) from texts t where t.spu_id = s.id))) as words
    from spus s;

create view sku_search_now as
    select k.id as sku_id, s.category_id, s.brand_id, k.active, k.code, k.name,
        p.words || search_words(k.code || ' ' || k.name) as words
    from skus k join spus s on s.id = k.spu_id join spu_search p on p.spu_id = s.id;

create function keep_sku_search(changed bigint[]) returns void language plpgsql as $$
begin
    perform from spu_search where spu_id in (select spu_id from skus where id = any(changed)) order by spu_id for share;
    insert into sku_search select * from sku_search_now where sku_id = any(changed)
    on conflict (sku_id) do update
    set category_id = excluded.category_id, brand_id = excluded.brand_id, active = excluded.active, code = excluded.code,
        name = excluded.name, words = excluded.words;
end
$$;

create function keep_spu_search(changed bigint[]) returns void language plpgsql as $$
begin
    perform from spu_search where spu_id = any(changed) order by spu_id for update;
    insert into spu_search select * from spu_search_now where spu_id = any(changed)
    on conflict (spu_id) do update set words = excluded.words;
    perform keep_sku_search(array(select id from skus where spu_id = any(changed)));
end
$$;

create function spu_search_of_spus() returns trigger language plpgsql as $$
begin
    perform keep_spu_search(array(select id from changed));
    return null;
end
$$;

create function spu_search_of_texts() returns trigger language plpgsql as $$
begin
    perform keep_spu_search(array(select distinct spu_id from changed where spu_id is not null));
    return null;
end
$$;

create function spu_search_of_one() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'spus' then
        perform keep_spu_search(array[new.id]);
    else
        perform keep_spu_search(array[old.spu_id, new.spu_id]);
    end if;
    return null;
end
$$;

-- For many rows at once, when a shop is filled.
create function sku_search_of_new() returns trigger language plpgsql as $$
begin
    perform from spu_search where spu_id in (select spu_id from changed) order by spu_id for share;
    insert into sku_search
    select k.id, s.category_id, s.brand_id, k.active, k.code, k.name, p.words || search_words(k.code || ' ' || k.name)
    from changed k join spus s on s.id = k.spu_id join spu_search p on p.spu_id = s.id;
    return null;
end
$$;

create function sku_search_of_gone() returns trigger language plpgsql as $$
begin
    delete from sku_search where sku_id in (select id from changed);
    return null;
end
$$;

create function sku_search_of_one() returns trigger language plpgsql as $$
begin
    perform keep_sku_search(array[new.id]);
    return null;
end
$$;

create trigger spu_search_of_new after insert on spus
    referencing new table as changed for each statement execute function spu_search_of_spus();
create trigger spu_search_of_changed after update of name, category_id, brand_id on spus
    for each row when (
        (old.name, old.category_id, old.brand_id) is distinct from (new.name, new.category_id, new.brand_id)
    ) execute function spu_search_of_one();

create trigger spu_search_of_new after insert on texts
    referencing new table as changed for each statement execute function spu_search_of_texts();
create trigger spu_search_of_changed after update of name, spu_id on texts
    for each row when ((old.name, old.spu_id) is distinct from (new.name, new.spu_id))
    execute function spu_search_of_one();
create trigger spu_search_of_gone after delete on texts
    referencing old table as changed for each statement execute function spu_search_of_texts();

create trigger sku_search_of_new after insert on skus
    referencing new table as changed for each statement execute function sku_search_of_new();
create trigger sku_search_of_gone after delete on skus
    referencing old table as changed for each statement execute function sku_search_of_gone();
create trigger sku_search_of_changed after update of code, name, spu_id, active on skus
    for each row when (
        (old.code, old.name, old.spu_id, old.active) is distinct from (new.code, new.name, new.spu_id, new.active)
    ) execute function sku_search_of_one();
