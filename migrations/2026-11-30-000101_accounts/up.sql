-- Users and their addresses, and the second factor of staff.

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
    created_at timestamptz not null default now(),
    -- When a member of staff last signed in. It is not recorded for shoppers.
    signed_in_at timestamptz,
    -- Written by the trigger below.
    username_skeleton text
);

create table addresses (
    id bigint generated always as identity primary key,
    user_id bigint not null references users,
    recipient text not null check (length(recipient) between 1 and 60),
    -- A number of at most 16 characters, and an extension of at most six after `;ext=` (RFC 3966).
    phone text not null check (length(phone) between 5 and 32),
    region text not null check (length(region) between 1 and 100),
    street text not null check (length(street) between 1 and 200),
    postcode text not null check (length(postcode) <= 12),
    is_default boolean not null default false,
    created_at timestamptz not null default now()
);

-- The second factor of staff: a code of an authenticator app, or one of ten recovery codes.
create table second_factors (
    user_id bigint primary key references users on delete cascade,
    -- Encrypted with a key that is not in the database; see docs/decisions.md.
    secret bytea not null check (length(secret) between 29 and 200),
    -- The time step of the last code that was used: neither it nor an older one is used again.
    last_step bigint not null,
    since timestamptz not null default now()
);

create table recovery_codes (
    user_id bigint not null references second_factors on delete cascade,
    -- SHA-256.
    digest bytea not null check (length(digest) = 32),
    used_at timestamptz,
    primary key (user_id, digest)
);

-- Settings of admins for all staff: one row.
create table staff_rules (
    id boolean primary key default true check (id),
    second_factor_required boolean not null default false
);

insert into staff_rules default values;

create unique index users_username_key on users (lower(username));
create unique index users_email_key on users (lower(email));
create unique index users_username_skeleton_key on users (username_skeleton);

create index addresses_user_id_idx on addresses (user_id);
create unique index addresses_one_default_key on addresses (user_id) where is_default;

-- The skeleton of a username, regardless of capitals: 0 and O, 1, l and I, m and rn are the same. UTS 39 knows more
-- confusable characters, but usernames contain only a few. Two users whose names look the same could be mistaken for
-- each other.
create function username_skeleton(name text) returns text language sql immutable strict parallel safe
return lower(replace(translate(normalize(name, nfkc), '01I囗曰', 'Oll口日'), 'm', 'rn'));

create function keep_username_skeleton() returns trigger language plpgsql as $$
begin
    new.username_skeleton := username_skeleton(new.username);
    return new;
end
$$;

create trigger username_skeleton before insert or update of username on users
    for each row execute function keep_username_skeleton();
