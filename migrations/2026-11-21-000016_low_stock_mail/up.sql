-- Who gets an email on mornings when something is low, and the emails themselves.

create table low_stock_readers (
    user_id bigint primary key references users on delete cascade,
    language text not null check (language in ('en', 'zh')),
    since timestamptz not null default now()
);

-- One a day for each person: the row is written together with the job that sends it, by whichever process is first.
create table low_stock_mails (
    user_id bigint not null references users on delete cascade,
    -- The day in the shop's time zone.
    day date not null,
    promised_at timestamptz not null default now(),
    -- When sending of the text began. From then on the email may have arrived, so it is not sent again unless it was
    -- refused.
    begun_at timestamptz,
    sent_at timestamptz,
    primary key (user_id, day),
    check (sent_at is null or begun_at is not null)
);
