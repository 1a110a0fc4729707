drop view orders_to_review;
