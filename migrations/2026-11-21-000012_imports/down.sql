drop table import_rows;
drop table import_files;
drop table imports;
