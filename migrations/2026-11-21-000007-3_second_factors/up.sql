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
