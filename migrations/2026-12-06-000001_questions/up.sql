-- Questions of shoppers and guests, about an order or about the shop: threads of messages, their pictures and emails.

create table questions (
    id bigint generated always as identity primary key,
    order_id bigint references orders,
    -- Who asks; null: a guest, who has an address.
    user_id bigint references users,
    email text check (length(email) between 3 and 254),
    guest_name text not null default '' check (length(guest_name) <= 60),
    -- The order number that a guest typed, whether there is such an order or not.
    typed_number text not null default '' check (length(typed_number) <= 32),
    language text not null check (language in ('en', 'zh')),
    status text not null default 'open' check (status in ('open', 'answered', 'closed')),
    -- Since when it has this status: an open question waits since then.
    status_since timestamptz not null default now(),
    asked_at timestamptz not null default now(),
    -- When it was proved that the address is the guest's own; nobody sees a question before that.
    proved_at timestamptz,
    -- The digest of the form with which it was asked.
    token text not null unique check (length(token) = 64),
    check ((user_id is null) = (email is not null)),
    check (user_id is null or proved_at is not null and guest_name = '' and typed_number = ''),
    check (proved_at is not null or status = 'open')
);

create index questions_status_idx on questions (status, status_since, id) where proved_at is not null;
create index questions_order_id_idx on questions (order_id, id) where order_id is not null;
create index questions_user_id_idx on questions (user_id, id) where user_id is not null;
-- Those that a job deletes after some days, and how many an address has.
create index questions_unproved_idx on questions (asked_at) where proved_at is null;
create index questions_unproved_email_idx on questions (lower(email)) where proved_at is null;

create table question_messages (
    id bigint generated always as identity primary key,
    question_id bigint not null references questions on delete cascade,
    author text not null check (author in ('shopper', 'staff')),
    -- The member of staff who wrote it.
    staff_id bigint references users,
    words text not null check (length(words) between 1 and 2000),
    -- True if the question began to wait for an answer with this message.
    begins_waiting boolean not null default false,
    token text not null check (length(token) = 64),
    written_at timestamptz not null default now(),
    -- When the emails about it were enqueued.
    mails_at timestamptz,
    unique (question_id, token),
    check ((author = 'staff') = (staff_id is not null)),
    check (author = 'shopper' or not begins_waiting)
);

create index question_messages_question_id_idx on question_messages (question_id, id);
create index question_messages_mails_idx on question_messages (id) where mails_at is null;

create table question_pictures (
    message_id bigint not null references question_messages on delete cascade,
    position integer not null check (position between 1 and 5),
    body bytea not null check (length(body) <= 2097152),
    primary key (message_id, position)
);

alter table question_pictures alter column body set storage external;

create table question_mails (
    id bigint generated always as identity primary key,
    question_id bigint not null references questions on delete cascade,
    kind text not null check (kind in ('proof', 'answered')),
    -- The answer that it contains; 0: the question itself.
    thing bigint not null default 0,
    promised_at timestamptz not null default now(),
    -- When sending of the text began. From then on the email may have arrived, so it is not sent again unless it was
    -- refused.
    begun_at timestamptz,
    sent_at timestamptz,
    -- Why it was not sent, and will not be.
    skipped text check (skipped in ('no_address', 'outdated')),
    unique (question_id, kind, thing),
    check (sent_at is null or begun_at is not null)
);

-- Staff can also be told of questions that wait.
alter table staff_mail_readers
    drop constraint staff_mail_readers_kind_check,
    add constraint staff_mail_readers_kind_check
        check (kind in ('new_orders', 'return_asked', 'strange_payment', 'cancellation', 'refund_stuck', 'question'));
alter table staff_mails
    drop constraint staff_mails_kind_check,
    add constraint staff_mails_kind_check
        check (kind in ('new_orders', 'return_asked', 'strange_payment', 'cancellation', 'refund_stuck', 'question'));
