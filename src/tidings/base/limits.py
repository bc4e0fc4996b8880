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

# --- messages of calls -------------------------------------------------------------------
MAX_MESSAGES_PER_CALL = 100  # NotifyVisitors wire, campaign/send
MAX_NOTIFUSE_MESSAGES_PER_CALL = 50  # Notifuse wire, messages.send (our choice)
MAX_SEND_AHEAD_DAYS = 7  # Notifuse documentation, sendAt; the same for send_at of campaign/send
MAX_MESSAGE_DATA_BYTES = 100_000  # our choice: what one message gives its template, as JSON
MAX_CONTENTS_PER_CALL = 10  # our choice: each is made ready while the call waits
MAX_MESSAGE_LABEL_CHARACTERS = 200  # our choice, as for campaigns: what a call calls its messages
MAX_CAMPAIGN_AHEAD_DAYS = 366  # our choice: a year, whatever the calendar does
MAX_CAMPAIGNS_PER_PAGE = 100  # our choice, as for segments

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
MAX_LIST_ROWS = 1_000_000  # design: rows of a file that is imported as a custom list
MAX_LIST_LINE_BYTES = 100_000  # our choice: longer is no line of identifiers, but another file
MAX_PREVIEWS_AT_ONCE = 2  # our choice, a web process: each keeps a core of PostgreSQL busy
MAX_SEGMENTS_PER_PAGE = 100  # our choice: of each, the members are counted

# --- templates -----------------------------------------------------------------------------
MAX_TEMPLATES_PER_BRAND = 1_000  # our choice, as for segments
MAX_TEMPLATE_KEY_CHARACTERS = 100  # our choice: a word that a program sends
MAX_TEMPLATE_NAME_CHARACTERS = 200  # our choice, as for brands
MAX_TEMPLATE_BYTES = 2_000_000  # our choice: a content as JSON, all its languages
MAX_TEMPLATE_PART_CHARACTERS = 300_000  # our choice: Gmail cuts a mail off after 102 KB of HTML
MAX_TEMPLATE_LANGUAGES = 50  # our choice: besides the first
MAX_TEMPLATE_DEPTH = 200  # our choice: elements in each other; the converters crash beyond 1,000
MAX_TEMPLATE_FUEL = 50_000  # our choice, measured: steps of one part, 0.1 s at the worst
MAX_RENDERED_CHARACTERS = 1_000_000  # our choice: more is a mistake in the template
MAX_WEBHOOK_BODY_BYTES = 100_000  # our choice: Standard Webhooks advises less than 20 KB
MAX_UTM_CHARACTERS = 200  # our choice: a word that a report groups by
MAX_SUBJECT_CHARACTERS = 998  # RFC 5322 2.1.1: a line

# --- channels ------------------------------------------------------------------------------
MAX_CHANNELS_PER_BRAND = 100  # our choice: each keeps connections open
MAX_CHANNEL_KEY_CHARACTERS = 50  # our choice: a name that people type
CHANNEL_CONNECTIONS = 4  # our choice: what small mail servers allow one client
MAX_CHANNEL_CONNECTIONS = 100  # our choice: one process, and there may be several
MAX_CHANNEL_PER_SECOND = 10_000  # our choice: beyond what one process sends
PROVIDER_SECONDS = 30  # our choice: how long an answer is waited for, each time
MAX_PROVIDER_SECONDS = 600  # RFC 5321 4.5.3.2.6: ten minutes after the end of a mail
MESSAGES_PER_CONNECTION = 100  # our choice, below the limits of common mail servers
IDLE_CONNECTION_SECONDS = 30  # our choice: servers close after minutes; then a mail would meet it
MAX_HEADER_CHARACTERS = 998  # RFC 5322 2.1.1: a line, and a long word cannot be folded
MAX_EMAIL_BYTES = 10_000_000  # our choice: Mailgun 25 MB, Postmark 10 MB, as JSON or encoded
MAX_SMS_CHARACTERS = 1_600  # Twilio documentation, "Body"; ten parts of one SMS
MAX_ANSWER_BYTES = 1_000_000  # our choice: what is read of a provider's answer
LONGEST_PACE_SECONDS = 10  # our choice: who would wait longer for a turn is told so instead
BREAKER_FAILURES = 10  # our choice: so many deferred in a row are the channel's doing
BREAKER_SECONDS = 30  # our choice: doubled while the channel does not recover …
LONGEST_BREAKER_SECONDS = 600  # … up to this

# --- devices -------------------------------------------------------------------------------
MAX_DEVICES_PER_PERSON = 20  # our choice: browsers whose data was cleared look like new ones
MAX_PUSH_TOKEN_CHARACTERS = 4_096  # our choice: Google's have less than 200, and no limit is told
MAX_PUSH_ENDPOINT_CHARACTERS = 2_048  # our choice: browsers' makers give out less than 1,000

# --- consent -------------------------------------------------------------------------------
MAX_TOPICS_PER_BRAND = 100  # our choice: more is no page on which anybody chooses
MAX_TOPIC_KEY_CHARACTERS = 50  # our choice, as for channels
MAX_TOPIC_NAME_CHARACTERS = 200  # our choice, as for brands
MAX_CONSENT_SOURCE_CHARACTERS = 200  # our choice: a page or a form, no document
MAX_SUPPRESSIONS_PER_IMPORT = 1_000_000  # our choice, as for lists: one transaction
MAX_QUIET_SPANS_PER_DAY = 10  # our choice: more is a mistake
MAX_CAP_MESSAGES = 10_000  # our choice: more is no cap
MAX_CAP_DAYS = 90  # our choice: so far back is looked for what a person was sent
MAX_CAP_GAP_SECONDS = 7_776_000  # the same in seconds
MAX_TEST_ADDRESSES = 1_000  # our choice: more is no test
MAX_RULES_BYTES = 100_000  # our choice: the rules of a brand as JSON, all of them

# --- messages ------------------------------------------------------------------------------
SEND_POLL_SECONDS = 1  # our choice: how late a message begins at most that is due now
MAX_SEND_ATTEMPTS = 8  # our choice: with the waits below, given up after about a day
FIRST_SEND_RETRY_SECONDS = 15  # our choice: four times as long after each try …
MAX_SEND_RETRY_SECONDS = 21_600  # … up to this: six hours, as mail servers wait
IN_HAND_SECONDS = 30  # our choice: how long after it was taken in hand a message may begin
DEAD_AFTER_SECONDS = 90  # our choice: a process that is not seen for so long has nothing in hand
CONTENT_DAYS = 30  # our choice: for so long is kept what was sent, unless a brand says otherwise
MAX_CONTENT_DAYS = 3_660  # our choice: ten years
MAX_LINK_CHARACTERS = 500  # our choice: of a target, by which clicks are counted
MAX_CODE_CHARACTERS = 500  # our choice: kept of what a provider says of a failure

# --- what comes back of messages -----------------------------------------------------------
SOFT_BOUNCES = 5  # design: so many in a row, and nothing is sent to the address any more
MAX_HOOK_AGE_SECONDS = 86_400  # our choice: providers call again for a day; heard twice is once
MAX_HOOK_AHEAD_SECONDS = 300  # our choice: how far a provider's clock may be before ours
FIRST_NOTICE_RETRY_SECONDS = 10  # our choice: when one came before its message was noted …
NOTICE_PATIENCE_SECONDS = 300  # … and after so long it is of no message of ours
MAX_BOUNCE_MAILBOX_CHARACTERS = 23  # RFC 5321 4.5.3.1.1: 64, less 41 that name the mail and sign it
MAX_RETURNED_MAIL_BYTES = 10_000_000  # our choice, as for mails: the rest of one is not read
MAILBOX_SECONDS = 60  # our choice: how often a mailbox is looked into
MAX_MAILS_PER_LOOK = 200  # our choice: the others are read in a minute
CERTIFICATE_SECONDS = 86_400  # our choice: how long one of Amazon's is kept
CERTIFICATE_WAIT_SECONDS = 5  # our choice: how long Amazon is waited for while it waits for us

# --- links in messages ---------------------------------------------------------------------
MAX_LINK_TOKEN_CHARACTERS = 100  # our choice: ours have 44, so a longer one is none of ours
MAX_LINK_TARGET_CHARACTERS = (
    5_000  # our choice: what browsers and proxies pass on; longer: uncounted
)
MAX_PREFERENCES_BYTES = 50_000  # our choice: the form of 100 topics has 15,000
MAX_WAITING_FEEDBACK = 10_000  # our choice, a web process: openings and clicks not yet noted

# --- campaigns -----------------------------------------------------------------------------
MAX_CAMPAIGN_NAME_CHARACTERS = 200  # our choice, as for brands
MAX_CAMPAIGN_SEGMENTS = 100  # our choice: more are a segment of segments
MAX_CAMPAIGN_VARIANTS = 10  # our choice: of more, no test says anything
MAX_CAMPAIGN_SHARE = 100  # our choice: shares are small numbers, or percents
MAX_CAMPAIGN_TEST_SHARE = 99  # our choice: with 100 percent in the test, nobody gets its winner
MAX_CAMPAIGN_TEST_DAYS = 14  # our choice: what waits longer for its winner is news no more
MAX_CAMPAIGN_TEST_HELD_HOURS = 24  # our choice: quiet hours are over within a day
MAX_GOAL_DAYS = 90  # our choice: what is done later is hardly the campaign's doing
MAX_CAMPAIGN_BYTES = 1_000_000  # our choice, as for segments: a definition as JSON
MAX_CAMPAIGN_PER_MINUTE = 1_000_000  # our choice: beyond what is sent in a minute

# --- reports -------------------------------------------------------------------------------
MAX_COUNTED_LINKS = 200  # our choice: of a lane, template and day; clicks of more count as others
MAX_REPORT_LINKS = 1_000  # our choice: of a campaign, the most clicked; more are made of data
CONVERSIONS_SECONDS = 30  # our choice: how often goal events are counted that came at once
LATE_CONVERSIONS_SECONDS = 3_600  # our choice: those that came an hour late, or later
CONVERSION_OVERLAP_MINUTES = 10  # our choice: commits, clocks and openings may be late by so much
MAX_LATE_GOAL_DAYS = 30  # our choice: a goal event that comes later than that counts for nothing
