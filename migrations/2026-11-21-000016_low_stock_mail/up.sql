-- Who wants a mail each morning on which something is low, and the mails themselves.

create table low_stock_readers (
    user_id bigint primary key references users on delete cascade,
    language text not null check (language in ('en', 'zh')),
    since timestamptz not null default now()
);

-- One a day and person: the row is written with the promise to send it, by whichever process is first.
create table low_stock_mails (
    user_id bigint not null references users on delete cascade,
    -- The shop's.
    day date not null,
    promised_at timestamptz not null default now(),
    -- When its text began to leave. From then on it may have arrived, so it is not sent again unless it was refused.
    begun_at timestamptz,
    sent_at timestamptz,
    primary key (user_id, day),
    check (sent_at is null or begun_at is not null)
);
