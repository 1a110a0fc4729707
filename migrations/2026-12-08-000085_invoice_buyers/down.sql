drop table invoice_buyers;
