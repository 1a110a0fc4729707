drop function recount_listings();
