-- Entries of the audit log that may name a person are found by keys, so that an erasure does not read the whole log.
-- Whoever finds an entry by its keys looks at it again: different texts can have the same key. The functions call
-- nothing but functions of PostgreSQL, so that a dump can be restored.

-- The key of an email address, also of one as it is written in URLs: the last six characters before the first "@" or
-- "%40", and the one after it.
create function mail_key(address text) returns text language plpgsql immutable strict parallel safe as $$
declare
    mark constant text := case when strpos(address, '@') > 0 then '@' else '%40' end;
    at constant integer := strpos(address, mark);
begin
    return right(left(address, at - 1), 6) || mark || substr(address, at + length(mark), 1);
end
$$;

-- The keys of a search, each two neighboring characters: what contains a text of two characters or more has all its
-- keys.
create function search_keys(searched text) returns text[] language sql immutable strict parallel safe
return array(select distinct 'q' || substr(searched, n, 2) from generate_series(1, length(searched) - 1) n);

-- The keys of an entry: digits that may be a phone number as names_person() finds it, the keys of all that may be an
-- email address in it, and those of a search of staff.
create function audit_keys(action text, target text, before jsonb, after jsonb) returns text[]
language plpgsql immutable parallel safe as $$
declare
    said constant text := lower(concat_ws(' ', target, before::text, after::text));
    searched constant text := lower(case
        when action = 'find_customers' then after ->> 'filter'
        when action in ('export_customers', 'export_orders') then substring(after ->> 'filter' from '[?&]q=([^&]*)')
    end);
    keys text[] := array(
        select run[1]
        from (values (said), (regexp_replace(said, '(?<=[0-9])[ .()-]+(?=[0-9])', '', 'g'))) as written (text),
            regexp_matches(written.text, '[0-9]+', 'g') run
        where length(run[1]) between 7 and 20
        union
        -- As search_keys().
        select 'q' || substr(searched, n, 2) from generate_series(1, length(searched) - 1) n
    );
    mark text;
    rest text;
    passed text;
    at integer;
begin
    foreach mark in array array['@', '%40'] loop
        rest := said;
        passed := '';
        loop
            at := strpos(rest, mark);
            exit when at = 0;
            passed := right(passed || left(rest, at - 1), 6);
            for n in 1..length(passed) loop
                keys := keys || (right(passed, n) || mark || substr(rest, at + length(mark), 1));
            end loop;
            passed := passed || mark;
            rest := substr(rest, at + length(mark));
        end loop;
    end loop;
    return keys;
end
$$;

create index audit_log_keys_idx on audit_log using gin (audit_keys(action, target, before, after));
-- Entries about a blocked address.
create index audit_log_address_idx on audit_log (address_key(coalesce(after, before) ->> 'address'))
    where action in ('block_contact', 'unblock_contact');
