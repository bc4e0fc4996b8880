-- Templates: what messages say, every version of it.

CREATE TABLE templates (
    template_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id integer NOT NULL REFERENCES brands,
    key text NOT NULL,
    name text NOT NULL,
    medium text NOT NULL CHECK (medium IN ('email', 'sms', 'whatsapp', 'push')),
    last_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT templates_key_key UNIQUE (brand_id, key)
);

-- A content as it was saved; no version is ever changed, so what was sent can be looked up.
CREATE TABLE template_versions (
    template_id bigint NOT NULL REFERENCES templates ON DELETE CASCADE,
    version integer NOT NULL,
    brand_id integer NOT NULL REFERENCES brands,
    content jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (template_id, version)
);
