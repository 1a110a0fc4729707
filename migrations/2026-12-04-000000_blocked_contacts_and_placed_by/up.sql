-- Contacts from which the shop takes no orders. They are compared as keys, so that another way to write a phone number
-- or an address is the same contact.

-- A phone number as `Phone` stores it, without what people write or leave out before it: the country code of China and
-- the zeros of long-distance calls. Numbers of other countries keep theirs, with a plus sign.
create function phone_key(phone text) returns text language sql immutable strict parallel safe
return regexp_replace(regexp_replace(phone, '^00', '+'), '^(\+86|86(?=1[3-9]\d{9}(;|$)))?0*', '');

-- An address without spaces, punctuation, width and capitals. Between digits a hyphen stays: 1-23 is not 12-3.
create function address_key(address text) returns text language sql immutable strict parallel safe
return left(lower(regexp_replace(
    regexp_replace(normalize(address, nfkc),
        '(\d)[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u2bff\u3000-\u3004\u3008-\u3020\u30fb]+(?=\d)',
        '\1-', 'g'),
    '(?<!\d)[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u2bff\u3000-\u3004\u3008-\u3020\u30fb]+'
        '|[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u2bff\u3000-\u3004\u3008-\u3020\u30fb]+(?!\d)',
    '', 'g')), 300);

create table blocked_contacts (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('phone', 'email', 'address')),
    -- The key by which orders are compared.
    value text not null check (case kind
        when 'phone' then value ~ '^\+?[0-9]{3,15}(;ext=[0-9]{1,6})?$'
        when 'email' then value = lower(value) and value like '_%@_%' and length(value) <= 254
        else value !~ '[A-Z ]' and length(value) between 1 and 300
    end),
    -- What staff typed, or what stood in the order.
    contact text not null check (length(contact) between 1 and 310),
    reason text not null check (length(reason) between 1 and 200),
    staff_id bigint not null references users,
    at timestamptz not null default now(),
    unique (kind, value)
);

-- What staff place for a caller begins with an event. It is validated by the next migration.
alter table order_events
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('placed', 'paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded',
            'packing', 'packing_stopped', 'parcel_sent', 'parcel_corrected', 'parcel_undone', 'parcel_lost',
            'withdrawn', 'held', 'released', 'noted', 'address_changed',
            'cancellation_asked', 'cancellation_declined', 'refund_wanted', 'refund_done', 'refund_refused',
            'return_asked', 'return_approved', 'return_declined', 'return_sent_back', 'return_arrived',
            'return_closed', 'return_withdrawn')) not valid;
