-- What segments and reports see of people and of what they did, and how segments read values.

CREATE VIEW read_profiles AS
SELECT slot, profile_id, brand_id, user_id, attributes, created_at
FROM profiles;

CREATE VIEW read_events AS
SELECT slot, profile_id, brand_id, name_id, occurred_at, ltv, attributes, context
FROM events;

-- A text without the difference of capital and small letters: each character by itself becomes its
-- small one. PostgreSQL 17 and later can do that by Unicode whatever the database's language is;
-- before, it is what the database's own language says.
DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION fold_case(value text) RETURNS text '
        'LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN lower(value %s)',
        (SELECT 'COLLATE "pg_c_utf8"' FROM pg_collation WHERE collname = 'pg_c_utf8')
    );
END
$$;

-- Whether a Date is at a moment or after it; null for what is no Date. A Date with an offset is
-- held against the moment in UTC, one without against the clock on the brand's wall at the moment:
-- so no value can name a time zone, an hour that comes twice or an offset that PostgreSQL refuses.
CREATE FUNCTION date_reaches(value jsonb, wall timestamp, utc timestamp) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN jsonb_typeof(value) = 'string' AND fits_type(value, 'Date') THEN
        substring(
            value #>> '{}'
            FROM '^.{10}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?)?'
        )::timestamp
        - CASE
            WHEN value #>> '{}' ~ '[+-][0-9]{2}:?[0-9]{2}$' THEN
                regexp_replace(value #>> '{}', '^.*([+-][0-9]{2}):?([0-9]{2})$', '\1:\2')::interval
            ELSE interval '0'
        END
        >= CASE
            WHEN value #>> '{}' ~ '(Z|[+-][0-9]{2}:?[0-9]{2})$' THEN utc
            ELSE wall
        END
END;
