drop table import_mappings, import_rows, import_files, imports;
