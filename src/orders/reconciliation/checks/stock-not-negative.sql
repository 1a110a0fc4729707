select code as key, stock::text as actual, '0' as expected from skus where stock < 0;
