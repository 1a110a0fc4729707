-- How a member of staff changed stock the last time: by a difference, or to what was counted. The next form begins so.
create table staff_preferences (
    user_id bigint primary key references users on delete cascade,
    stock_mode text not null check (stock_mode in ('difference', 'count'))
);

-- What one form did is undone by its token.
create index stock_movements_form_idx on stock_movements (token) where token is not null;
