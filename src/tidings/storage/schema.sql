-- The tables at one sight, as all migrations leave them. Written by `make schema`: do not edit.
-- The months of events, `events_2026_03` and so on, are made by events/jobs.py and left out here.

CREATE FUNCTION fits_type(value jsonb, type text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN (jsonb_typeof(value) = 'null'::text) THEN true WHEN (type = 'String'::text) THEN (jsonb_typeof(value) = 'string'::text) WHEN (type = 'Number'::text) THEN (jsonb_typeof(value) = 'number'::text) WHEN (type = 'Boolean'::text) THEN (jsonb_typeof(value) = 'boolean'::text) WHEN (type = 'Object'::text) THEN (jsonb_typeof(value) = 'object'::text) WHEN (type = 'Date'::text) THEN ((jsonb_typeof(value) = 'string'::text) AND ((value #>> '{}'::text[]) ~ ('^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9]'::text || '(:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?)?$'::text)) AND pg_input_is_valid("left"((value #>> '{}'::text[]), 10), 'date'::text)) WHEN (jsonb_typeof(value) <> 'array'::text) THEN false WHEN (value = '[]'::jsonb) THEN (type = ANY (ARRAY['Array'::text, 'Array of Objects'::text])) ELSE ((type = 'Array of Objects'::text) = ((value @? '$[*]?(@.type() == "object")'::jsonpath) AND (NOT (value @? 'strict $[*]?(@.type() != "object")'::jsonpath)))) END;

CREATE FUNCTION date_reaches(value jsonb, wall timestamp without time zone, utc timestamp without time zone) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN ((jsonb_typeof(value) = 'string'::text) AND fits_type(value, 'Date'::text)) THEN ((("substring"((value #>> '{}'::text[]), '^.{10}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?)?'::text))::timestamp without time zone - CASE WHEN ((value #>> '{}'::text[]) ~ '[+-][0-9]{2}:?[0-9]{2}$'::text) THEN (regexp_replace((value #>> '{}'::text[]), '^.*([+-][0-9]{2}):?([0-9]{2})$'::text, '\1:\2'::text))::interval ELSE '00:00:00'::interval END) >= CASE WHEN ((value #>> '{}'::text[]) ~ '(Z|[+-][0-9]{2}:?[0-9]{2})$'::text) THEN utc ELSE wall END) ELSE NULL::boolean END;

CREATE FUNCTION fold_case(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower((value COLLATE pg_c_utf8));

CREATE TABLE merges (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    merge_id bigint NOT NULL,
    brand_id integer NOT NULL,
    absorbed_slot smallint NOT NULL,
    absorbed_id bigint NOT NULL,
    absorbed_user_id text,
    kind smallint,
    value text,
    kept jsonb NOT NULL,
    filled jsonb NOT NULL,
    moved jsonb NOT NULL,
    merged_at timestamp with time zone NOT NULL,
    CONSTRAINT merges_kind_check CHECK (((kind >= 1) AND (kind <= 4)))
);

CREATE VIEW read_merges AS
 SELECT slot,
    profile_id,
    brand_id,
    absorbed_slot,
    absorbed_id
   FROM merges;

CREATE FUNCTION read_selves(brand integer, slots smallint[], profile_ids bigint[]) RETURNS TABLE("position" bigint, slot smallint, profile_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT asked."position",
     self.slot,
     self.profile_id
    FROM (UNNEST(read_selves.slots, read_selves.profile_ids) WITH ORDINALITY asked(slot, profile_id, "position")
      CROSS JOIN LATERAL ( SELECT asked.slot,
             asked.profile_id
         UNION ALL
          SELECT read_merges.absorbed_slot,
             read_merges.absorbed_id
            FROM read_merges
           WHERE ((read_merges.brand_id = read_selves.brand) AND (read_merges.slot = asked.slot) AND (read_merges.profile_id = asked.profile_id))) self(slot, profile_id));
END;

CREATE FUNCTION store_plain_events(plain jsonb) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
    versions jsonb := plain -> 'versions';
    people jsonb := plain -> 'people';
    profile_slots smallint[];
    profile_ids bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared((lock -> 0)::integer, (lock -> 1)::integer)
    FROM jsonb_array_elements(plain -> 'locks') AS lock;

-- Each statement from here on sees what is committed when it begins, so after the locks.
    IF (
        SELECT count(*)
        FROM jsonb_array_elements(versions) AS known
        JOIN brands ON brands.brand_id = (known -> 0)::integer
            AND brands.schema_version = (known -> 1)::integer
    ) < jsonb_array_length(versions) THEN
        RETURN false;
    END IF;

FOR attempt IN 1..2 LOOP
        SELECT array_agg(found.profile_slot ORDER BY position),
            array_agg(found.profile_id ORDER BY position)
        INTO profile_slots, profile_ids
        FROM jsonb_array_elements(people) WITH ORDINALITY AS wanted (person, position)
        LEFT JOIN identifiers AS found ON found.slot = (person -> 0)::smallint
            AND found.brand_id = (person -> 1)::integer
            AND found.kind = (person -> 2)::smallint
            AND found.value = person ->> 3;
        EXIT WHEN array_position(profile_ids, NULL) IS NULL;

-- Somebody else may create the same people now; who comes second finds the first's.
        WITH inserted AS (
            INSERT INTO identifiers (slot, brand_id, kind, value, profile_slot, profile_id)
            SELECT (person -> 0)::smallint, (person -> 1)::integer, (person -> 2)::smallint,
                person ->> 3, (person -> 0)::smallint, (person -> 4)::bigint
            FROM jsonb_array_elements(people) WITH ORDINALITY AS wanted (person, position)
            WHERE profile_ids[position] IS NULL
            ORDER BY position
            ON CONFLICT (slot, brand_id, kind, value) DO NOTHING
            RETURNING slot, brand_id, kind, value, profile_id
        )
        INSERT INTO profiles (
            slot, profile_id, brand_id, user_id, attributes, created_at, updated_at
        )
        SELECT slot, profile_id, brand_id, CASE WHEN kind = 1 THEN value END, '{}',
            (plain ->> 'created_at')::timestamptz, (plain ->> 'created_at')::timestamptz
        FROM inserted;
    END LOOP;

INSERT INTO events (
        slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, attributes, context
    )
    SELECT profile_slots[(event -> 0)::integer + 1], profile_ids[(event -> 0)::integer + 1],
        (event -> 1)::integer, (event -> 2)::integer, (event ->> 3)::timestamptz,
        (event ->> 4)::timestamptz, (event -> 5)::double precision, event -> 6,
        nullif(event -> 7, 'null')
    FROM jsonb_array_elements(plain -> 'events') AS event;
    RETURN true;
END
$$;

CREATE FUNCTION without_secrets(given jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN jsonb_path_exists(given, '$.keyvalue()?(@."key" starts with "_")'::jsonpath) THEN (SELECT jsonb_object_agg(jsonb_each.key, CASE WHEN (jsonb_each.key ^@ '_'::text) THEN 'null'::jsonb ELSE jsonb_each.value END) AS jsonb_object_agg FROM jsonb_each(without_secrets.given) jsonb_each(key, value)) ELSE given END;

CREATE TABLE api_keys (
    key_id integer NOT NULL,
    brand_id integer NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_sha256_check CHECK ((octet_length(sha256) = 32))
);

ALTER TABLE api_keys ALTER COLUMN key_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME api_keys_key_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE attribute_types (
    brand_id integer NOT NULL,
    owner integer NOT NULL,
    attribute text NOT NULL,
    type text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    locked_at timestamp with time zone NOT NULL,
    mismatches bigint DEFAULT 0 NOT NULL,
    last_mismatch_at timestamp with time zone,
    CONSTRAINT attribute_types_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'discarded'::text]))),
    CONSTRAINT attribute_types_type_check CHECK ((type = ANY (ARRAY['String'::text, 'Number'::text, 'Boolean'::text, 'Date'::text, 'Object'::text, 'Array of Objects'::text, 'Array'::text])))
);

CREATE TABLE brands (
    brand_id integer NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL,
    merging boolean DEFAULT false NOT NULL,
    schema_version integer DEFAULT 1 NOT NULL,
    user_calls_per_minute integer NOT NULL,
    event_calls_per_minute integer NOT NULL,
    campaign_calls_per_minute integer NOT NULL,
    reporting_calls_per_minute integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    content_days integer DEFAULT 30 NOT NULL,
    CONSTRAINT brands_campaign_calls_per_minute_check CHECK ((campaign_calls_per_minute > 0)),
    CONSTRAINT brands_event_calls_per_minute_check CHECK ((event_calls_per_minute > 0)),
    CONSTRAINT brands_reporting_calls_per_minute_check CHECK ((reporting_calls_per_minute > 0)),
    CONSTRAINT brands_user_calls_per_minute_check CHECK ((user_calls_per_minute > 0))
);

ALTER TABLE brands ALTER COLUMN brand_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME brands_brand_id_seq START WITH 1001 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE campaigns (
    campaign_id bigint NOT NULL,
    brand_id integer NOT NULL,
    name text NOT NULL,
    channel_id bigint NOT NULL,
    definition jsonb NOT NULL,
    state text NOT NULL,
    error text,
    lane_id bigint,
    slots_left smallint,
    templates jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    start_at timestamp with time zone,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    filled_at timestamp with time zone,
    tested_at timestamp with time zone,
    decided_at timestamp with time zone,
    winner jsonb,
    CONSTRAINT campaigns_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'scheduled'::text, 'sending'::text, 'paused'::text, 'finished'::text, 'cancelled'::text, 'error'::text])))
);

ALTER TABLE campaigns ALTER COLUMN campaign_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME campaigns_campaign_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE channels (
    channel_id bigint NOT NULL,
    brand_id integer NOT NULL,
    key text NOT NULL,
    medium text NOT NULL,
    provider text NOT NULL,
    settings jsonb NOT NULL,
    sealed bytea NOT NULL,
    per_second double precision,
    connections integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    hook text DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    CONSTRAINT channels_medium_check CHECK ((medium = ANY (ARRAY['email'::text, 'sms'::text, 'whatsapp'::text, 'push'::text, 'webhook'::text])))
);

ALTER TABLE channels ALTER COLUMN channel_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME channels_channel_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE consent_rules (
    brand_id integer NOT NULL,
    rules jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

CREATE TABLE content_words (
    brand_id integer NOT NULL,
    words_key bytea NOT NULL,
    words bytea NOT NULL,
    kept_until timestamp with time zone NOT NULL
);

CREATE TABLE conversion_rounds (
    name text NOT NULL,
    looked_until timestamp with time zone NOT NULL
);

CREATE TABLE conversions (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    name_id integer NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    nth integer NOT NULL,
    lane_id bigint NOT NULL,
    template_id bigint,
    message_id bigint NOT NULL,
    amount double precision NOT NULL
);

CREATE TABLE dead_tasks (
    slot smallint NOT NULL,
    task_id bigint NOT NULL,
    run_at timestamp with time zone NOT NULL,
    name text NOT NULL,
    brand_id integer NOT NULL,
    profile_id bigint,
    payload jsonb NOT NULL,
    attempts smallint NOT NULL,
    last_error text NOT NULL,
    died_at timestamp with time zone NOT NULL
);

CREATE TABLE devices (
    slot smallint NOT NULL,
    device_id bigint NOT NULL,
    brand_id integer NOT NULL,
    profile_id bigint NOT NULL,
    platform text NOT NULL,
    place jsonb NOT NULL,
    place_key bytea NOT NULL,
    added_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT devices_platform_check CHECK ((platform = ANY (ARRAY['web'::text, 'android'::text, 'ios'::text])))
);

ALTER TABLE devices ALTER COLUMN device_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME devices_device_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE event_ids (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    event_id text NOT NULL
);

CREATE TABLE event_names (
    brand_id integer NOT NULL,
    name_id integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT event_names_kind_check CHECK ((kind = ANY (ARRAY['system'::text, 'default'::text, 'custom'::text])))
);

ALTER TABLE event_names ALTER COLUMN name_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME event_names_name_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE events (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    name_id integer NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    ltv double precision NOT NULL,
    event_id text,
    attributes jsonb NOT NULL,
    context jsonb,
    mismatched jsonb
)
PARTITION BY RANGE (occurred_at);

CREATE TABLE events_default (
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    profile_id bigint CONSTRAINT events_profile_id_not_null NOT NULL,
    brand_id integer CONSTRAINT events_brand_id_not_null NOT NULL,
    name_id integer CONSTRAINT events_name_id_not_null NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT events_occurred_at_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT events_received_at_not_null NOT NULL,
    ltv double precision CONSTRAINT events_ltv_not_null NOT NULL,
    event_id text,
    attributes jsonb CONSTRAINT events_attributes_not_null NOT NULL,
    context jsonb,
    mismatched jsonb
);

CREATE TABLE hard_bounces (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    medium text NOT NULL,
    brand_id integer NOT NULL,
    address_key bytea NOT NULL,
    bounced_at timestamp with time zone NOT NULL
);

CREATE TABLE heartbeats (
    process_id text NOT NULL,
    kind text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT heartbeats_kind_check CHECK ((kind = ANY (ARRAY['web'::text, 'worker'::text])))
);

CREATE TABLE idempotency_keys (
    brand_id integer NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint,
    answer bytea,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE identifiers (
    slot smallint NOT NULL,
    brand_id integer NOT NULL,
    kind smallint NOT NULL,
    value text NOT NULL,
    profile_slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    CONSTRAINT identifiers_kind_check CHECK (((kind >= 1) AND (kind <= 4)))
);

CREATE TABLE identity_conflicts (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    kind smallint NOT NULL,
    value text NOT NULL,
    conflict_id bigint NOT NULL,
    reason text NOT NULL,
    owner_slot smallint,
    owner_id bigint,
    times bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    dismissed_at timestamp with time zone,
    CONSTRAINT identity_conflicts_kind_check CHECK (((kind >= 1) AND (kind <= 4))),
    CONSTRAINT identity_conflicts_reason_check CHECK ((reason = ANY (ARRAY['two_users'::text, 'placeholder'::text, 'too_many'::text])))
);

ALTER TABLE identity_conflicts ALTER COLUMN conflict_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME identity_conflicts_conflict_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE lanes (
    lane_id bigint NOT NULL,
    brand_id integer NOT NULL,
    channel_id bigint NOT NULL,
    source text NOT NULL,
    source_id bigint NOT NULL,
    options jsonb NOT NULL,
    is_open boolean NOT NULL,
    per_minute integer,
    minute timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    begun integer DEFAULT 0 NOT NULL,
    medium text DEFAULT 'email'::text NOT NULL,
    CONSTRAINT lanes_medium_check CHECK ((medium = ANY (ARRAY['email'::text, 'sms'::text, 'whatsapp'::text, 'push'::text, 'webhook'::text]))),
    CONSTRAINT lanes_source_check CHECK ((source = ANY (ARRAY['campaign'::text, 'call'::text])))
);

ALTER TABLE lanes ALTER COLUMN lane_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME lanes_lane_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE memberships (
    slot smallint NOT NULL,
    segment_id bigint NOT NULL,
    version integer NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    entered_at timestamp with time zone NOT NULL
);

ALTER TABLE merges ALTER COLUMN merge_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME merges_merge_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE message_contents (
    slot smallint NOT NULL,
    message_id bigint NOT NULL,
    brand_id integer NOT NULL,
    content bytea NOT NULL,
    kept_until timestamp with time zone NOT NULL,
    words_key bytea
);

CREATE TABLE message_counts (
    brand_id integer NOT NULL,
    lane_id bigint NOT NULL,
    template_id bigint NOT NULL,
    day date NOT NULL,
    what text NOT NULL,
    detail text NOT NULL,
    shard smallint NOT NULL,
    count bigint NOT NULL,
    amount double precision DEFAULT 0 NOT NULL
);

CREATE SEQUENCE message_ids
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE messages (
    slot smallint NOT NULL,
    message_id bigint NOT NULL,
    brand_id integer NOT NULL,
    profile_id bigint NOT NULL,
    lane_id bigint NOT NULL,
    template_id bigint,
    template_version integer,
    content jsonb,
    data jsonb,
    dedupe_key text DEFAULT ''::text NOT NULL,
    status text NOT NULL,
    reason text,
    code text,
    attempts smallint DEFAULT 0 NOT NULL,
    claimed_by text,
    provider_message_id text,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    delivered_at timestamp with time zone,
    opened_at timestamp with time zone,
    clicked_at timestamp with time zone,
    bounced_at timestamp with time zone,
    spam_at timestamp with time zone,
    unsubscribed_at timestamp with time zone,
    options jsonb,
    engaged_at timestamp with time zone,
    CONSTRAINT messages_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'skipped'::text])))
);

CREATE TABLE migrations (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

CREATE TABLE periodic_jobs (
    name text NOT NULL,
    next_run_at timestamp with time zone NOT NULL,
    last_run_at timestamp with time zone,
    last_error text
);

CREATE TABLE profiles (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    user_id text,
    attributes jsonb NOT NULL,
    mismatched jsonb,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
)
WITH (fillfactor='90');

CREATE TABLE rate_counters (
    brand_id integer NOT NULL,
    api text NOT NULL,
    minute timestamp with time zone NOT NULL,
    used bigint NOT NULL
)
WITH (fillfactor='50');

CREATE VIEW read_campaigns AS
 SELECT campaign_id,
    brand_id,
    name,
    channel_id,
    state,
    lane_id,
    (definition -> 'goal'::text) AS goal,
    created_at,
    start_at,
    started_at,
    finished_at
   FROM campaigns;

CREATE VIEW read_devices AS
 SELECT slot,
    profile_id,
    brand_id
   FROM devices;

CREATE VIEW read_events AS
 SELECT slot,
    profile_id,
    brand_id,
    name_id,
    occurred_at,
    ltv,
    attributes,
    context,
    received_at
   FROM events;

CREATE VIEW read_lanes AS
 SELECT lane_id,
    brand_id,
    channel_id,
    source,
    source_id
   FROM lanes;

CREATE VIEW read_message_counts AS
 SELECT brand_id,
    lane_id,
    template_id,
    day,
    what,
    detail,
    count,
    amount
   FROM message_counts;

CREATE VIEW read_messages AS
 SELECT slot,
    message_id,
    brand_id,
    profile_id,
    lane_id,
    template_id,
    status,
    ended_at,
    opened_at,
    clicked_at,
    engaged_at,
    bounced_at
   FROM messages;

CREATE VIEW read_profiles AS
 SELECT slot,
    profile_id,
    brand_id,
    user_id,
    attributes,
    created_at
   FROM profiles;

CREATE TABLE tasks (
    slot smallint NOT NULL,
    task_id bigint NOT NULL,
    run_at timestamp with time zone NOT NULL,
    name text NOT NULL,
    brand_id integer NOT NULL,
    profile_id bigint,
    payload jsonb NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    last_error text
);

CREATE VIEW read_told_people AS
 SELECT tasks.slot,
    tasks.brand_id,
    COALESCE(((tasks.payload ->> 'told_at'::text))::timestamp with time zone, tasks.run_at) AS told_at
   FROM tasks
  WHERE (tasks.name = ANY (ARRAY['people.changed'::text, 'segments.lapsed'::text, 'segments.inherit'::text]))
UNION ALL
 SELECT dead_tasks.slot,
    dead_tasks.brand_id,
    COALESCE(((dead_tasks.payload ->> 'told_at'::text))::timestamp with time zone, dead_tasks.run_at) AS told_at
   FROM dead_tasks
  WHERE (dead_tasks.name = ANY (ARRAY['people.changed'::text, 'segments.lapsed'::text, 'segments.inherit'::text]));

CREATE TABLE segment_versions (
    segment_id bigint NOT NULL,
    version integer NOT NULL,
    brand_id integer NOT NULL,
    definition jsonb,
    slots_left smallint NOT NULL,
    swept_until timestamp with time zone NOT NULL,
    swept_day date NOT NULL,
    is_importing boolean DEFAULT false NOT NULL
);

CREATE TABLE segments (
    segment_id bigint NOT NULL,
    brand_id integer NOT NULL,
    name text NOT NULL,
    definition jsonb,
    state text NOT NULL,
    live_version integer,
    last_version integer DEFAULT 0 NOT NULL,
    error text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT segments_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'processing'::text, 'updating'::text, 'error'::text, 'published'::text])))
);

ALTER TABLE segments ALTER COLUMN segment_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME segments_segment_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE slots (
    slot smallint NOT NULL,
    CONSTRAINT slots_slot_check CHECK (((slot >= 0) AND (slot <= 255)))
);

CREATE TABLE subscriptions (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    topic_id bigint NOT NULL,
    brand_id integer NOT NULL,
    state text NOT NULL,
    source text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    CONSTRAINT subscriptions_state_check CHECK ((state = ANY (ARRAY['unsubscribed'::text, 'pending'::text, 'subscribed'::text])))
);

CREATE TABLE suppressions (
    brand_id integer NOT NULL,
    address_key bytea NOT NULL,
    medium text NOT NULL,
    reason text NOT NULL,
    suppression_id bigint NOT NULL,
    address text,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT suppressions_reason_check CHECK ((reason = ANY (ARRAY['hard_bounce'::text, 'complaint'::text, 'unsubscribe'::text, 'manual'::text, 'soft_bounces'::text])))
);

ALTER TABLE suppressions ALTER COLUMN suppression_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME suppressions_suppression_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);
ALTER TABLE tasks ALTER COLUMN task_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME tasks_task_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE template_versions (
    template_id bigint NOT NULL,
    version integer NOT NULL,
    brand_id integer NOT NULL,
    content jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE templates (
    template_id bigint NOT NULL,
    brand_id integer NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    medium text NOT NULL,
    last_version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT templates_medium_check CHECK ((medium = ANY (ARRAY['email'::text, 'sms'::text, 'whatsapp'::text, 'push'::text, 'webhook'::text])))
);

ALTER TABLE templates ALTER COLUMN template_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME templates_template_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE topics (
    topic_id bigint NOT NULL,
    brand_id integer NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT topics_kind_check CHECK ((kind = ANY (ARRAY['opt_in'::text, 'double_opt_in'::text, 'opt_out'::text])))
);

ALTER TABLE topics ALTER COLUMN topic_id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME topics_topic_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);

CREATE TABLE unread_answers (
    brand_id integer NOT NULL,
    fingerprint bytea NOT NULL,
    call_id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    status smallint NOT NULL,
    answer bytea NOT NULL,
    is_unread boolean NOT NULL,
    read_at timestamp with time zone
);

CREATE TABLE watches (
    brand_id integer NOT NULL,
    listener text NOT NULL,
    owner integer NOT NULL,
    attribute text NOT NULL
);

ALTER TABLE events ATTACH PARTITION events_default DEFAULT;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_pkey PRIMARY KEY (key_id);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_sha256_key UNIQUE (sha256);
ALTER TABLE attribute_types ADD CONSTRAINT attribute_types_pkey PRIMARY KEY (brand_id, owner, attribute);
ALTER TABLE brands ADD CONSTRAINT brands_pkey PRIMARY KEY (brand_id);
ALTER TABLE campaigns ADD CONSTRAINT campaigns_name_key UNIQUE (brand_id, name);
ALTER TABLE campaigns ADD CONSTRAINT campaigns_pkey PRIMARY KEY (campaign_id);
ALTER TABLE channels ADD CONSTRAINT channels_key_key UNIQUE (brand_id, key);
ALTER TABLE channels ADD CONSTRAINT channels_pkey PRIMARY KEY (channel_id);
ALTER TABLE consent_rules ADD CONSTRAINT consent_rules_pkey PRIMARY KEY (brand_id);
ALTER TABLE content_words ADD CONSTRAINT content_words_pkey PRIMARY KEY (brand_id, words_key);
ALTER TABLE conversion_rounds ADD CONSTRAINT conversion_rounds_pkey PRIMARY KEY (name);
ALTER TABLE conversions ADD CONSTRAINT conversions_pkey PRIMARY KEY (slot, profile_id, name_id, occurred_at, received_at, nth);
ALTER TABLE dead_tasks ADD CONSTRAINT dead_tasks_pkey PRIMARY KEY (slot, task_id);
ALTER TABLE devices ADD CONSTRAINT devices_pkey PRIMARY KEY (slot, device_id);
ALTER TABLE devices ADD CONSTRAINT devices_place_key UNIQUE (brand_id, place_key);
ALTER TABLE event_ids ADD CONSTRAINT event_ids_pkey PRIMARY KEY (slot, profile_id, event_id);
ALTER TABLE event_names ADD CONSTRAINT event_names_name_id_key UNIQUE (name_id);
ALTER TABLE event_names ADD CONSTRAINT event_names_pkey PRIMARY KEY (brand_id, name);
ALTER TABLE hard_bounces ADD CONSTRAINT hard_bounces_pkey PRIMARY KEY (slot, profile_id, medium);
ALTER TABLE heartbeats ADD CONSTRAINT heartbeats_pkey PRIMARY KEY (process_id);
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (brand_id, key);
ALTER TABLE identifiers ADD CONSTRAINT identifiers_pkey PRIMARY KEY (slot, brand_id, kind, value);
ALTER TABLE identity_conflicts ADD CONSTRAINT identity_conflicts_pkey PRIMARY KEY (slot, profile_id, kind, value);
ALTER TABLE lanes ADD CONSTRAINT lanes_pkey PRIMARY KEY (lane_id);
ALTER TABLE lanes ADD CONSTRAINT lanes_source_key UNIQUE (brand_id, source, source_id, channel_id);
ALTER TABLE memberships ADD CONSTRAINT memberships_pkey PRIMARY KEY (slot, segment_id, version, profile_id);
ALTER TABLE merges ADD CONSTRAINT merges_pkey PRIMARY KEY (slot, profile_id, merge_id);
ALTER TABLE message_contents ADD CONSTRAINT message_contents_pkey PRIMARY KEY (slot, message_id);
ALTER TABLE message_counts ADD CONSTRAINT message_counts_pkey PRIMARY KEY (brand_id, lane_id, template_id, day, what, detail, shard);
ALTER TABLE messages ADD CONSTRAINT messages_once UNIQUE (slot, lane_id, profile_id, dedupe_key);
ALTER TABLE messages ADD CONSTRAINT messages_pkey PRIMARY KEY (slot, message_id);
ALTER TABLE migrations ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);
ALTER TABLE periodic_jobs ADD CONSTRAINT periodic_jobs_pkey PRIMARY KEY (name);
ALTER TABLE profiles ADD CONSTRAINT profiles_pkey PRIMARY KEY (slot, profile_id);
ALTER TABLE rate_counters ADD CONSTRAINT rate_counters_pkey PRIMARY KEY (brand_id, api);
ALTER TABLE segment_versions ADD CONSTRAINT segment_versions_pkey PRIMARY KEY (segment_id, version);
ALTER TABLE segments ADD CONSTRAINT segments_name_key UNIQUE (brand_id, name);
ALTER TABLE segments ADD CONSTRAINT segments_pkey PRIMARY KEY (segment_id);
ALTER TABLE slots ADD CONSTRAINT slots_pkey PRIMARY KEY (slot);
ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (slot, profile_id, topic_id);
ALTER TABLE suppressions ADD CONSTRAINT suppressions_pkey PRIMARY KEY (brand_id, address_key, medium, reason);
ALTER TABLE tasks ADD CONSTRAINT tasks_pkey PRIMARY KEY (slot, task_id);
ALTER TABLE template_versions ADD CONSTRAINT template_versions_pkey PRIMARY KEY (template_id, version);
ALTER TABLE templates ADD CONSTRAINT templates_key_key UNIQUE (brand_id, key);
ALTER TABLE templates ADD CONSTRAINT templates_pkey PRIMARY KEY (template_id);
ALTER TABLE topics ADD CONSTRAINT topics_key_key UNIQUE (brand_id, key);
ALTER TABLE topics ADD CONSTRAINT topics_pkey PRIMARY KEY (topic_id);
ALTER TABLE unread_answers ADD CONSTRAINT unread_answers_pkey PRIMARY KEY (brand_id, fingerprint, call_id);
ALTER TABLE watches ADD CONSTRAINT watches_pkey PRIMARY KEY (brand_id, listener, owner, attribute);
CREATE INDEX api_keys_of_brand ON api_keys USING btree (brand_id);
CREATE INDEX campaigns_going ON campaigns USING btree (state) WHERE (state = ANY (ARRAY['scheduled'::text, 'sending'::text, 'paused'::text]));
CREATE INDEX campaigns_with_goal ON campaigns USING btree (brand_id) WHERE ((lane_id IS NOT NULL) AND (definition ? 'goal'::text));
CREATE UNIQUE INDEX channels_hook ON channels USING btree (hook);
CREATE INDEX conversions_old ON conversions USING btree (received_at);
CREATE INDEX devices_of_brand ON devices USING btree (brand_id, device_id);
CREATE INDEX devices_of_person ON devices USING btree (slot, profile_id);
CREATE INDEX events_of_name ON events USING btree (brand_id, name_id, occurred_at) INCLUDE (slot, profile_id);
CREATE INDEX events_default_brand_id_name_id_occurred_at_slot_profile_id_idx ON events_default USING btree (brand_id, name_id, occurred_at) INCLUDE (slot, profile_id);
CREATE INDEX events_of_profile ON events USING btree (slot, profile_id, name_id, occurred_at);
CREATE INDEX events_default_slot_profile_id_name_id_occurred_at_idx ON events_default USING btree (slot, profile_id, name_id, occurred_at);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);
CREATE INDEX identifiers_of_profile ON identifiers USING btree (profile_slot, profile_id);
CREATE INDEX identity_conflicts_of_brand ON identity_conflicts USING btree (brand_id, conflict_id);
CREATE INDEX identity_conflicts_of_owner ON identity_conflicts USING btree (owner_slot, owner_id);
CREATE INDEX merges_of_absorbed ON merges USING btree (absorbed_slot, absorbed_id);
CREATE INDEX message_contents_old ON message_contents USING btree (kept_until);
CREATE INDEX message_counts_unfolded ON message_counts USING btree (day) WHERE (shard <> 0);
CREATE INDEX messages_by_provider ON messages USING btree (brand_id, provider_message_id) WHERE (provider_message_id IS NOT NULL);
CREATE INDEX messages_claimed ON messages USING btree (claimed_by) WHERE (status = 'sending'::text);
CREATE INDEX messages_due ON messages USING btree (lane_id, due_at) WHERE (status = 'queued'::text);
CREATE INDEX messages_of_person ON messages USING btree (slot, profile_id, ended_at);
CREATE INDEX profiles_created ON profiles USING btree (brand_id, created_at) INCLUDE (slot, profile_id);
CREATE INDEX suppressions_of_brand ON suppressions USING btree (brand_id, suppression_id);
CREATE INDEX tasks_due ON tasks USING btree (slot, run_at, task_id);
CREATE INDEX tasks_retried ON tasks USING btree (slot, profile_id, task_id) WHERE (attempts > 0);
CREATE INDEX unread_answers_by_age ON unread_answers USING btree (received_at);
ALTER INDEX events_of_name ATTACH PARTITION events_default_brand_id_name_id_occurred_at_slot_profile_id_idx;
ALTER INDEX events_of_profile ATTACH PARTITION events_default_slot_profile_id_name_id_occurred_at_idx;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE campaigns ADD CONSTRAINT campaigns_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE channels ADD CONSTRAINT channels_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE consent_rules ADD CONSTRAINT consent_rules_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE content_words ADD CONSTRAINT content_words_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE lanes ADD CONSTRAINT lanes_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE segment_versions ADD CONSTRAINT segment_versions_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE segment_versions ADD CONSTRAINT segment_versions_segment_id_fkey FOREIGN KEY (segment_id) REFERENCES segments(segment_id) ON DELETE CASCADE;
ALTER TABLE segments ADD CONSTRAINT segments_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(topic_id) ON DELETE CASCADE;
ALTER TABLE suppressions ADD CONSTRAINT suppressions_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE template_versions ADD CONSTRAINT template_versions_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE template_versions ADD CONSTRAINT template_versions_template_id_fkey FOREIGN KEY (template_id) REFERENCES templates(template_id) ON DELETE CASCADE;
ALTER TABLE templates ADD CONSTRAINT templates_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE topics ADD CONSTRAINT topics_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
ALTER TABLE watches ADD CONSTRAINT watches_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(brand_id);
