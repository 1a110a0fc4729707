-- Users and their addresses.

create table users (
    id bigint generated always as identity primary key,
    username text not null check (length(username) between 2 and 32),
    email text not null check (length(email) between 3 and 254),
    password_hash text not null,
    role text not null default 'shopper' check (role in ('shopper', 'staff', 'admin')),
    email_verified_at timestamptz,
    disabled_at timestamptz,
    -- Sessions older than this are invalid: changing the password ends the others.
    password_changed_at timestamptz not null default now(),
    created_at timestamptz not null default now()
);

create unique index users_username_key on users (lower(username));
create unique index users_email_key on users (lower(email));

create table addresses (
    id bigint generated always as identity primary key,
    user_id bigint not null references users,
    recipient text not null check (length(recipient) between 1 and 60),
    phone text not null check (length(phone) between 5 and 20),
    region text not null check (length(region) between 1 and 100),
    street text not null check (length(street) between 1 and 200),
    postcode text not null check (length(postcode) <= 12),
    is_default boolean not null default false,
    created_at timestamptz not null default now()
);

create index addresses_user_id_idx on addresses (user_id);
create unique index addresses_one_default_key on addresses (user_id) where is_default;
