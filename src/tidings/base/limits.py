"""Every number a client can run into, with its unit in the name and its source beside it."""

# --- a call ----------------------------------------------------------------------------
MAX_BODY_BYTES = 10_000_000  # NotifyVisitors wire, "Body" (our choice; the vendor is silent)
MAX_UNPACKED_BODY_BYTES = 50_000_000  # same: what a gzip body may grow to
MAX_GZIP_MEMBERS = 100  # our choice: a body is one; each costs a copy of all that follows
MAX_HEADER_BYTES = 65_536  # our choice: 8 times what common proxies pass on
HEADER_TIMEOUT_SECONDS = 15  # our choice: a slow sender of headers is cut off
BODY_TIMEOUT_SECONDS = 30  # our choice: 10 MB at 3 Mbit/s
SLOW_SENDER_LOOK_SECONDS = 5  # our choice: how often a connection is looked at
KEEP_ALIVE_SECONDS = 75  # our choice: above the 60 s of common proxies, so they close first
MAX_MISTAKES_REPORTED = 20  # NotifyVisitors wire, "errors"
MAX_OBJECTS_PER_CALL = 500_000  # our choice: objects and arrays, 500 in each of 1,000 events
MAX_NESTING_DEPTH = 32  # our choice: deeper JSON is a mistake or an attack
MAX_IDEMPOTENCY_KEY_CHARACTERS = 255  # as Stripe's; the header is ours
RESENT_AFTER_MILLISECONDS = (
    2_500  # Notifuse clients give up or send again after 3 s at the earliest
)
RESENT_WITHIN_SECONDS = 60  # Notifuse wire: how long an answer that was not read is kept
IDEMPOTENCY_HOURS = 24  # design: the same key within 24 h gets the first answer

# --- people ------------------------------------------------------------------------------
MAX_USERS_PER_CALL = 100  # NotifyVisitors documentation, user/create
MAX_CONTACTS_PER_CALL = 50  # Notifuse documentation, contacts.upsert
EARLIEST_CREATION_YEAR = 1970  # our choice: a contact may be older than an event, no computer is
MAX_CREATION_FUTURE_HOURS = 24  # our choice, as for events: a day covers every wrong time zone
MAX_USER_ID_CHARACTERS = 100  # NotifyVisitors documentation, userID
MAX_ATTRIBUTE_NAME_CHARACTERS = 49  # "under 50 characters"
MAX_USER_TEXT_CHARACTERS = 999  # "string attribute values must be less than 1000 characters"
MAX_EMAIL_CHARACTERS = 254  # RFC 5321 4.5.3.1.3: a path of 256 less its angle brackets
MAX_USER_ATTRIBUTES_PER_RECORD = 255  # as for events; the vendor is silent for users
MAX_IDENTIFIERS_PER_PERSON = 100  # design: more is an id that many people share
MAX_PROFILE_ARRAY_ITEMS = 10_000  # our choice: more is a log of events, which has its own place

# --- events ------------------------------------------------------------------------------
MAX_EVENTS_PER_CALL = 1_000  # NotifyVisitors documentation, /api/event
MAX_EVENT_NAME_CHARACTERS = 254  # "under 255 characters"
MAX_EVENT_TEXT_CHARACTERS = 254  # "under 255 characters (255 bytes)"
MAX_EVENT_TEXT_BYTES = 254  # same sentence
MAX_EVENT_ATTRIBUTES = 255  # NotifyVisitors documentation
MAX_EVENT_STRINGS = 200  # NotifyVisitors documentation, per type
MAX_EVENT_NUMBERS = 100  # same
MAX_EVENT_BOOLEANS = 20  # same
MAX_EVENT_DATES = 20  # same
MAX_EVENT_OBJECTS = 20  # same; arrays of scalars count here (our choice)
MAX_EVENT_OBJECT_ARRAYS = 5  # same
MAX_EVENT_ID_CHARACTERS = 100  # our choice, as for userID
EARLIEST_EVENT_YEAR = 2000  # our choice: earlier is a broken clock
MAX_EVENT_FUTURE_HOURS = 24  # our choice: a day covers every wrong time zone
DEFAULT_LTV = 10.0  # NotifyVisitors documentation
MAX_LTV = 1e15  # our choice: beyond it a sum loses cents, and could overflow in the end
MAX_PAGE_SIZE = 500  # NotifyVisitors wire, event/get batch_size

# --- schema ------------------------------------------------------------------------------
MAX_EVENT_NAMES_PER_BRAND = 10_000  # our choice: more is a name made of data
MAX_ATTRIBUTES_PER_OWNER = 2_000  # our choice: more is a name made of data

# --- rates, per brand and minute -----------------------------------------------------------
USER_CALLS_PER_MINUTE = 100  # NotifyVisitors documentation
EVENT_CALLS_PER_MINUTE = 500  # same
CAMPAIGN_CALLS_PER_MINUTE = 500  # same
REPORTING_CALLS_PER_MINUTE = 50  # same

# --- a web process -------------------------------------------------------------------------
MAX_HELD_BODY_BYTES = 64_000_000  # our choice: bodies read and not yet answered; then 503
MAX_QUEUED_RECORDS = 20_000  # our choice: records waiting for the committer; then 503
MAX_COMMIT_RECORDS = 3_000  # our choice, measured: 8,000 were slower, and keep other calls waiting

# --- brands --------------------------------------------------------------------------------
MAX_BRAND_NAME_CHARACTERS = 200  # our choice
MAX_CALLS_PER_MINUTE = 1_000_000_000  # our choice: in effect no limit, still an `integer`

# --- the queue -----------------------------------------------------------------------------
TASK_POLL_SECONDS = 1  # design: polling is the truth, a notification only comes sooner
SLOTS_PER_CLAIM = 32  # design: 256 slots in 8 transactions; 1 on Citus
MAX_TASKS_PER_CLAIM = 1_000  # our choice: what one transaction does, so what a crash repeats
MAX_TASK_ATTEMPTS = 12  # our choice: with the waits below, dead after 2 h 25 min
FIRST_RETRY_SECONDS = 5  # our choice: doubled after each attempt …
LONGEST_RETRY_SECONDS = 3_600  # … up to this
PERIODIC_POLL_SECONDS = 10  # our choice: how late another worker takes over a round
PERIODIC_RETRY_SECONDS = 60  # our choice: how long after an error a round is tried again
HEARTBEAT_SECONDS = 5  # our choice
HEARTBEAT_KEPT_SECONDS = 3_600  # our choice: long enough to see in `ready` what died
LONGEST_RECONNECT_SECONDS = 5  # our choice: how long after the database is back we may notice

# --- segments ------------------------------------------------------------------------------
MAX_SEGMENTS_PER_BRAND = 1_000  # our choice: all of which are asked about again and again
MAX_SEGMENT_NAME_CHARACTERS = 200  # our choice, as for brands
MAX_SEGMENT_BYTES = 1_000_000  # our choice: a definition as JSON, with the longest lists in it
MAX_SEGMENT_DEPTH = 10  # design: more is not read by anybody
MAX_SEGMENT_NODES = 100  # design; a filter of events counts as one
MAX_SEGMENT_LIST = 1_000  # our choice: longer lists are imported as attributes
MAX_SEGMENT_DAYS = 3_660  # our choice: ten years, leap days included
MAX_SEGMENT_COUNT = 1_000_000  # our choice: of events of one person
SEGMENT_EXAMPLES = 20  # design: people shown in a preview
PREVIEW_SECONDS = 20  # our choice: whoever looks at a preview waits for it
