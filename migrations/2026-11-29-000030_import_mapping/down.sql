drop table import_mappings;

alter table import_rows drop column note;

-- The version before refused imports with unknown columns, and kept no file after it was read.
delete from import_files where import_id in (select id from imports where state in ('unmapped', 'ready'));
update imports set state = 'refused', problem = 'no-heading' where state = 'unmapped';

alter table imports
    drop constraint imports_state_check,
    add constraint imports_state_check check (state in
        ('reading', 'refused', 'ready', 'discarded', 'applying', 'done')),
    drop column layout,
    drop column mapping,
    drop column mapped_by,
    drop column revision;
