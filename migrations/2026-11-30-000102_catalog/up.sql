-- Products (SPUs) with their options, SKUs and pictures; categories and brands. A `name` or `description` here is in
-- the shop's main language; `texts` holds the translations. A `version` is incremented by each edit by staff, so that
-- nobody overwrites a change they have not seen.

create table categories (
    id bigint generated always as identity primary key,
    parent_id bigint references categories check (parent_id <> id),
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text not null check (length(name) between 1 and 100),
    position integer not null default 0,
    picture text,
    background text not null default 'slate',
    -- The low-stock threshold of the SKUs that have none of their own. Null: that of the parent.
    low_stock_at integer check (low_stock_at >= 0),
    version integer not null default 1
);

create table brands (
    id bigint generated always as identity primary key,
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text not null check (length(name) between 1 and 100),
    version integer not null default 1
);

create table spus (
    id bigint generated always as identity primary key,
    category_id bigint not null references categories,
    -- Null if the product has no brand, for example one that the shop makes itself.
    brand_id bigint references brands,
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text not null check (length(name) between 1 and 200),
    description text not null default '',
    background text not null default 'slate',
    sales bigint not null default 0 check (sales >= 0),
    published boolean not null default true,
    created_at timestamptz not null default now(),
    -- Incremented by each edit of the SPU, its options or its SKUs; not by sales.
    version integer not null default 1,
    -- Whether it was ever on sale: one that was unpublished keeps a page that says so, a draft never had one. A trigger
    -- writes it.
    was_published boolean not null default false
) with (fillfactor = 80);

create table skus (
    id bigint generated always as identity primary key,
    spu_id bigint not null references spus,
    code text not null unique check (length(code) between 1 and 64),
    name text not null check (length(name) between 1 and 300),
    price numeric(12, 2) not null check (price >= 0),
    -- Shown struck through while it is above the price; a price may rise above it.
    list_price numeric(12, 2) check (list_price >= 0),
    stock integer not null default 0 check (stock >= 0),
    sales bigint not null default 0 check (sales >= 0),
    active boolean not null default true,
    -- The effective low-stock threshold: the SKU's own, or that of the nearest category that has one, or the shop's.
    low_stock_at integer not null default 5 check (low_stock_at >= 0),
    created_at timestamptz not null default now(),
    -- Whether the threshold is the SKU's own.
    low_stock_own boolean not null default false
) with (fillfactor = 80);
-- Every order updates rows of spus and skus. Free space on their pages keeps those updates out of the indexes (HOT);
-- for the same reason no index contains stock or sales.

-- Two options of a product, or two values of an option, with the same name cannot be told apart. Names are checked at
-- the end of a transaction, so that two can swap theirs. The forms compare more strictly, regardless of capitals.
create table options (
    id bigint generated always as identity primary key,
    spu_id bigint not null references spus,
    name text not null check (length(name) between 1 and 60),
    position integer not null,
    unique (spu_id, position),
    constraint options_name_key unique (spu_id, name) deferrable initially deferred
);

create table option_values (
    id bigint generated always as identity primary key,
    option_id bigint not null references options,
    name text not null check (length(name) between 1 and 60),
    position integer not null,
    unique (option_id, position),
    unique (id, option_id),
    constraint option_values_name_key unique (option_id, name) deferrable initially deferred
);

create table sku_option_values (
    sku_id bigint not null references skus,
    option_id bigint not null references options,
    option_value_id bigint not null references option_values,
    primary key (sku_id, option_id),
    foreign key (option_value_id, option_id) references option_values (id, option_id)
);

-- A picture shows all SKUs of its product, or those with one option value ("blue"), including SKUs that are added
-- later.
create table images (
    id bigint generated always as identity primary key,
    spu_id bigint not null references spus,
    option_value_id bigint references option_values,
    file text not null check (length(file) between 1 and 200),
    position integer not null,
    -- The text for screen readers; if it is empty, the product's name.
    alt text not null default '' check (length(alt) <= 200),
    alt_zh text not null default '' check (length(alt_zh) <= 200)
);

-- Uploaded pictures in the sizes that pages show. `images.file` names one as 'uploaded/<hash>.<kind>'.
create table pictures (
    id bigint generated always as identity primary key,
    -- The digest of the stored file, so that a URL never shows another picture.
    hash text not null unique check (hash ~ '^[0-9a-f]{32}$'),
    kind text not null check (kind in ('jpg', 'webp')),
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    -- Null until the smaller sizes are made.
    sized_at timestamptz,
    created_at timestamptz not null default now()
);

create table picture_sizes (
    picture_id bigint not null references pictures,
    size text not null check (size in ('grid', 'page', 'zoom')),
    body bytea not null,
    primary key (picture_id, size)
);

-- Pictures are compressed already.
alter table picture_sizes alter column body set storage external;

create table texts (
    id bigint generated always as identity primary key,
    language text not null check (language in ('en', 'zh')),
    category_id bigint references categories,
    brand_id bigint references brands,
    spu_id bigint references spus,
    option_id bigint references options,
    option_value_id bigint references option_values,
    name text not null check (length(name) between 1 and 200),
    description text not null default '',
    check (num_nonnulls(category_id, brand_id, spu_id, option_id, option_value_id) = 1),
    unique (category_id, language),
    unique (brand_id, language),
    unique (spu_id, language),
    unique (option_id, language),
    unique (option_value_id, language)
);

-- The former prices of a SKU.
create table price_changes (
    id bigint generated always as identity primary key,
    sku_id bigint not null references skus,
    staff_id bigint not null references users,
    -- Null if the SKU was created with this price.
    old_price numeric(12, 2) check (old_price >= 0),
    price numeric(12, 2) not null check (price >= 0),
    old_list_price numeric(12, 2) check (old_list_price >= 0),
    list_price numeric(12, 2) check (list_price >= 0),
    at timestamptz not null default now(),
    check (old_price is distinct from price or old_list_price is distinct from list_price)
);

create index categories_parent_id_idx on categories (parent_id);

create index spus_category_id_idx on spus (category_id);
create index spus_brand_id_idx on spus (brand_id);

create index skus_spu_id_idx on skus (spu_id);
-- For codes that are typed with other capitals: the page asks whether this one is meant.
create index skus_code_lower_idx on skus (lower(code));

create index sku_option_values_value_idx on sku_option_values (option_value_id, option_id);

create unique index images_place_key on images (spu_id, position);
create index pictures_to_size_idx on pictures (id) where sized_at is null;

create index price_changes_sku_id_idx on price_changes (sku_id, id desc);
create index price_changes_staff_id_idx on price_changes (staff_id);

-- The low-stock threshold of a category: its own, or that of the nearest category above that has one, or the shop's.
create function low_stock_of_category(category bigint) returns integer language sql stable as $$
    with recursive up (low_stock_at, parent_id, height) as (
        select low_stock_at, parent_id, 0 from categories where id = category
        union all
        select c.low_stock_at, c.parent_id, up.height + 1
        from up join categories c on c.id = up.parent_id
        where up.low_stock_at is null and up.height < 20
    )
    select coalesce((select low_stock_at from up where low_stock_at is not null order by height limit 1), 5)
$$;

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

create function note_published() returns trigger language plpgsql as $$
begin
    new.was_published := new.was_published or new.published;
    return new;
end
$$;

create trigger spus_was_published before insert or update of published, was_published on spus
    for each row execute function note_published();

create function price_changes_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'price_changes is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger price_changes_append_only before update or delete on price_changes
    for each row execute function price_changes_append_only();
