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

create index pictures_to_size_idx on pictures (id) where sized_at is null;

create table picture_sizes (
    picture_id bigint not null references pictures,
    size text not null check (size in ('grid', 'page', 'zoom')),
    body bytea not null,
    primary key (picture_id, size)
);

-- Pictures are compressed already.
alter table picture_sizes alter column body set storage external;

-- The text for screen readers; if it is empty, the product's name.
alter table images
    add column alt text not null default '' check (length(alt) <= 200),
    add column alt_zh text not null default '' check (length(alt_zh) <= 200);

-- A picture shows all SKUs of its product, or those with one option value ("blue"), including SKUs that are added
-- later.
alter table images drop constraint images_sku_id_fkey;
drop index images_place_key;
update images set position = placed.place
from (select id, row_number() over (partition by spu_id order by sku_id nulls first, position) - 1 as place from images) placed
where placed.id = images.id;
update images set sku_id = (
    select v.option_value_id from sku_option_values v join options o on o.id = v.option_id
    where v.sku_id = images.sku_id order by o.position limit 1
) where sku_id is not null;
alter table images rename column sku_id to option_value_id;
alter table images add foreign key (option_value_id) references option_values;
create unique index images_place_key on images (spu_id, position);
