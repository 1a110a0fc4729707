-- The skeleton of a username, regardless of capitals: 0 and O, 1, l and I, m and rn are the same. UTS 39 knows more
-- confusable characters, but usernames contain only a few. Two users whose names look the same could be mistaken for
-- each other.
create function username_skeleton(name text) returns text language sql immutable strict parallel safe
return lower(replace(translate(normalize(name, nfkc), '01I囗曰', 'Oll口日'), 'm', 'rn'));

-- Names are folded at sign-in now, so the few with compatibility characters are folded too, unless the plain name
-- exists.
update users u set username = normalize(u.username, nfkc)
where u.username is not nfkc normalized
  and not exists (select from users o where o.id <> u.id and lower(normalize(o.username, nfkc)) = lower(normalize(u.username, nfkc)));

-- Null for users whose name looked like an older one's already: they keep their names.
alter table users add column username_skeleton text;
update users u set username_skeleton = first.skeleton
from (select min(id) as id, username_skeleton(username) as skeleton from users group by 2) first
where u.id = first.id;
create unique index users_username_skeleton_key on users (username_skeleton);

create function keep_username_skeleton() returns trigger language plpgsql as $$
begin
    new.username_skeleton := username_skeleton(new.username);
    return new;
end
$$;
create trigger username_skeleton before insert or update of username on users
    for each row execute function keep_username_skeleton();
