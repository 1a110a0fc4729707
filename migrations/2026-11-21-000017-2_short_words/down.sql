drop index texts_of_spus_short_words_idx;
drop index spus_short_words_idx;
drop index skus_short_words_idx;
drop function short_words(text);
