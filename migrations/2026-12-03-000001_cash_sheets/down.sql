drop table cash_sheet_lines;
drop table cash_sheet_orders;
drop table cash_sheets;
