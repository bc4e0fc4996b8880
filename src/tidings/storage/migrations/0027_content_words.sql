-- What messages said is kept in a sixth of the room: compressed against what those of a template share.

-- The words that the messages of one version of a template have in common: what it says to nobody in
-- particular, in one language. words_key: the beginning of their SHA-256.
CREATE TABLE content_words (
    brand_id integer NOT NULL REFERENCES brands,
    words_key bytea NOT NULL,
    words bytea NOT NULL,
    kept_until timestamptz NOT NULL,
    PRIMARY KEY (brand_id, words_key)
);

-- NULL for what was compressed by itself.
ALTER TABLE message_contents ADD COLUMN words_key bytea;
