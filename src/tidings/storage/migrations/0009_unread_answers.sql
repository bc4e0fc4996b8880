-- Answers that a client may not have read. A client of the Notifuse wire that gets no answer sends the
-- same bytes again some seconds later, without any key; what it asked must not be done twice.

CREATE TABLE unread_answers (
    brand_id integer NOT NULL,
    -- SHA-256 over the key of the client and all that it asked.
    fingerprint bytea NOT NULL,
    call_id bigint NOT NULL,
    received_at timestamptz NOT NULL,
    status smallint NOT NULL,
    answer bytea NOT NULL,
    -- Whether it is known that nobody was there to read it.
    is_unread boolean NOT NULL,
    -- When it was sent to somebody who was there; null before, and when we cannot know.
    read_at timestamptz,
    PRIMARY KEY (brand_id, fingerprint, call_id)
);
CREATE INDEX unread_answers_by_age ON unread_answers (received_at);
