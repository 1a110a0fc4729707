-- Whether a product was ever on sale: one that was unpublished keeps a page that says so, a draft never had one. An
-- existing product counts as a draft if it is not published, has no orders, and no publication was recorded.
alter table spus add column was_published boolean not null default true;

update spus s set was_published = false
where not published
    and not exists (select from skus k join order_goods g on g.sku_id = k.id where k.spu_id = s.id)
    and not exists (select from staff_actions a where a.what = 'publish_spu' and a.subject = s.id::text);

alter table spus alter column was_published set default false;

create function note_published() returns trigger language plpgsql as $$
begin
    new.was_published := new.was_published or new.published;
    return new;
end
$$;

create trigger spus_was_published before insert or update of published, was_published on spus
    for each row execute function note_published();
