drop trigger categories_slug_changed on categories;
drop trigger categories_slug_added on categories;
drop function note_category_slug();
drop table former_category_slugs;
drop trigger spus_changed on spus;
drop function note_spu_change();
alter table spus drop column changed_at;
