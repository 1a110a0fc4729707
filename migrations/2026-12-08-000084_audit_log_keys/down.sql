drop index audit_log_address_idx, audit_log_keys_idx;
drop function audit_keys(text, text, jsonb, jsonb), search_keys(text), mail_key(text);
