-- Products. A `name` or `description` here is in the shop's main language; `texts` holds the translations.

create table categories (
    id bigint generated always as identity primary key,
    parent_id bigint references categories check (parent_id <> id),
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text not null check (length(name) between 1 and 100),
    position integer not null default 0,
    picture text,
    ground text not null default 'slate'
);

create index categories_parent_id_idx on categories (parent_id);

create table brands (
    id bigint generated always as identity primary key,
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text not null check (length(name) between 1 and 100)
);

create table spus (
    id bigint generated always as identity primary key,
    category_id bigint not null references categories,
    brand_id bigint not null references brands,
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text not null check (length(name) between 1 and 200),
    description text not null default '',
    ground text not null default 'slate',
    sales bigint not null default 0 check (sales >= 0),
    published boolean not null default true,
    created_at timestamptz not null default now()
) with (fillfactor = 80);

create index spus_category_id_idx on spus (category_id);
create index spus_brand_id_idx on spus (brand_id);

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
    low_stock_at integer not null default 5 check (low_stock_at >= 0),
    created_at timestamptz not null default now()
) with (fillfactor = 80);
-- Every order updates rows of spus and skus. Free space on their pages keeps those updates out of the indexes (HOT);
-- for the same reason no index contains stock or sales.

create index skus_spu_id_idx on skus (spu_id);

create table options (
    id bigint generated always as identity primary key,
    spu_id bigint not null references spus,
    name text not null check (length(name) between 1 and 60),
    position integer not null,
    unique (spu_id, position)
);

create table option_values (
    id bigint generated always as identity primary key,
    option_id bigint not null references options,
    name text not null check (length(name) between 1 and 60),
    position integer not null,
    unique (option_id, position),
    unique (id, option_id)
);

create table sku_option_values (
    sku_id bigint not null references skus,
    option_id bigint not null references options,
    option_value_id bigint not null references option_values,
    primary key (sku_id, option_id),
    foreign key (option_value_id, option_id) references option_values (id, option_id)
);

create index sku_option_values_value_idx on sku_option_values (option_value_id, option_id);

create table images (
    id bigint generated always as identity primary key,
    spu_id bigint not null references spus,
    sku_id bigint references skus,
    file text not null check (length(file) between 1 and 200),
    position integer not null
);

create unique index images_place_key on images (spu_id, coalesce(sku_id, 0), position);

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
