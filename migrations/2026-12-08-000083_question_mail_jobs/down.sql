alter table question_mails drop column job_id;
