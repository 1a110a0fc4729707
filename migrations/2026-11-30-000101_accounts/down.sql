drop table staff_rules, recovery_codes, second_factors, addresses, users;
drop function keep_username_skeleton();
drop function username_skeleton(text);
