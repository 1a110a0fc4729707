-- For search engines: when a product was changed, and where pages of categories have moved to.

-- When staff changed the product, its options or its SKUs last; null if never since it was created, or since this
-- column is there. Sales and stock do not count: the trigger looks at columns that orders do not write.
alter table spus add column changed_at timestamptz;

create function note_spu_change() returns trigger language plpgsql as $$
begin
    new.changed_at := now();
    return new;
end
$$;

create trigger spus_changed before update of version, published on spus
    for each row when (old.version is distinct from new.version or old.published is distinct from new.published)
    execute function note_spu_change();

-- The former slugs of categories. Their addresses lead to the present one, or say that the category is gone for good.
create table former_category_slugs (
    slug text primary key check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    -- Null: the category was removed.
    category_id bigint references categories on delete set null,
    replaced_at timestamptz not null default now()
);

create index former_category_slugs_category_id_idx on former_category_slugs (category_id);

create function note_category_slug() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into former_category_slugs (slug, category_id)
        values (old.slug, case when tg_op = 'UPDATE' then new.id end)
        on conflict (slug) do update set category_id = excluded.category_id, replaced_at = excluded.replaced_at;
    end if;
    if tg_op <> 'DELETE' then
        delete from former_category_slugs where slug = new.slug;
    end if;
    return null;
end
$$;

create trigger categories_slug_added after insert or delete on categories
    for each row execute function note_category_slug();
create trigger categories_slug_changed after update of slug on categories
    for each row when (old.slug is distinct from new.slug) execute function note_category_slug();
