-- The job that sends an email about a question, so that staff see whether it fails. Null: the row is older than this
-- column.
alter table question_mails add column job_id bigint;
