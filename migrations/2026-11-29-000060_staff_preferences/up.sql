-- How a member of staff last changed stock: by difference or by count. The next form starts with it.
create table staff_preferences (
    user_id bigint primary key references users on delete cascade,
    stock_mode text not null check (stock_mode in ('difference', 'count'))
);

-- The changes of one form are undone by its token.
create index stock_movements_form_idx on stock_movements (token) where token is not null;
