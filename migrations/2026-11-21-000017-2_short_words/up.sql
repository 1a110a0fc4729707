-- Words of one or two characters, which Chinese has, get an index of their own: the trigram index knows three
-- characters in a row. Names of ASCII letters alone have no entry.

create function short_words(words text) returns text[] language sql immutable strict parallel safe as $$
    select coalesce(array_agg(distinct part), '{}')
    from (select lower(words) as all_of_it) w
    cross join generate_series(1, length(all_of_it)) as first
    cross join generate_series(1, 2) as long
    cross join substr(all_of_it, first, long) as part
$$;

create index skus_short_words_idx on skus using gin (short_words(name)) where octet_length(name) > length(name);
create index spus_short_words_idx on spus using gin (short_words(name)) where octet_length(name) > length(name);
create index texts_of_spus_short_words_idx on texts using gin (short_words(name))
    where spu_id is not null and octet_length(name) > length(name);
