drop table shipment_import_lines, shipment_import_parcels, shipment_imports;
