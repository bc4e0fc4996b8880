"""Rows of every kind, for migrations to meet: what the database holds when the next one comes."""

from collections.abc import Mapping, Sequence

from tests.storage.first_rows import FIRST_ROWS

ROWS_AFTER: Mapping[int, Sequence[str]] = {
    **FIRST_ROWS,
    9: (
        """
        INSERT INTO unread_answers (
            brand_id, fingerprint, call_id, received_at, status, answer, is_unread
        )
        VALUES
            (1001, '\\x00', 1, now(), 200, '{}', false),
            (1001, '\\x00', 2, now(), 200, '{}', true)
        """,
    ),
    10: (),
    11: (
        """
        INSERT INTO watches (brand_id, listener, owner, attribute)
        VALUES (1001, 'segment 1 version 1', 0, ''), (1001, 'segment 1 version 1', 1, '')
        """,
        """
        INSERT INTO segments (
            brand_id, name, definition, state, live_version, last_version, error, created_at,
            updated_at
        )
        VALUES
            (1001, 'Draft', '{}', 'draft', NULL, 0, NULL, now(), now()),
            (1001, 'Buyers', '{}', 'error', 1, 2, 'gone', now(), now())
        """,
        """
        INSERT INTO segment_versions (
            segment_id, version, brand_id, definition, slots_left, swept_until,
            swept_day
        )
        VALUES
            (2, 1, 1001, '{}', 0, now(), '2026-03-29'),
            (2, 2, 1001, '{}', 7, now(), '2026-03-29')
        """,
        """
        INSERT INTO memberships (slot, segment_id, version, profile_id, brand_id, entered_at)
        VALUES (7, 2, 1, 70, 1001, now()), (7, 2, 2, 70, 1001, now())
        """,
    ),
    12: (
        """
        INSERT INTO segments (
            brand_id, name, definition, state, live_version, last_version, error, created_at,
            updated_at
        )
        VALUES (1001, 'List', NULL, 'processing', NULL, 1, NULL, now(), now())
        """,
        """
        INSERT INTO segment_versions (
            segment_id, version, brand_id, definition, slots_left, swept_until, swept_day,
            is_importing
        )
        VALUES (3, 1, 1001, NULL, 256, now(), '2026-03-29', true)
        """,
    ),
    13: (
        """
        INSERT INTO templates (brand_id, key, name, medium, last_version, created_at, updated_at)
        VALUES
            (1001, 'welcome', 'Welcome', 'email', 2, now(), now()),
            (1002, 'welcome', 'Code', 'sms', 1, now(), now())
        """,
        """
        INSERT INTO template_versions (template_id, version, brand_id, content, created_at)
        VALUES
            (1, 1, 1001, '{"subject": "A", "html": "x"}', now()),
            (1, 2, 1001, '{"subject": "B", "html": "x"}', now()),
            (2, 1, 1002, '{"text": "x"}', now())
        """,
    ),
    14: (
        """
        INSERT INTO channels (
            brand_id, key, medium, provider, settings, sealed, per_second, connections, created_at,
            updated_at
        )
        VALUES
            (1001, 'main', 'email', 'smtp', '{"host": "a"}', '\\x01', NULL, 4, now(), now()),
            (1002, 'main', 'sms', 'twilio', '{}', '\\x01', 2.5, 1, now(), now())
        """,
    ),
    15: (
        """
        INSERT INTO dead_tasks (
            slot, task_id, run_at, name, brand_id, payload, attempts, last_error, died_at
        )
        VALUES (9, 90, now(), 'people.changed', 1001, '{"people": [90]}', 12, 'x', now())
        """,
    ),
    16: (
        """
        INSERT INTO consent_rules (brand_id, rules, updated_at)
        VALUES (1001, '{"test_mode": []}', now())
        """,
        """
        INSERT INTO suppressions (brand_id, address_key, medium, reason, address, added_at)
        VALUES
            (1001, sha256('a'), '', 'manual', 'ada@example.com', now()),
            (1001, sha256('b'), 'sms', 'hard_bounce', NULL, now())
        """,
        """
        INSERT INTO topics (brand_id, key, name, kind, created_at)
        VALUES (1001, 'news', 'News', 'double_opt_in', now())
        """,
        """
        INSERT INTO subscriptions (
            slot, profile_id, topic_id, brand_id, state, source, changed_at, confirmed_at
        )
        VALUES
            (7, 70, 1, 1001, 'subscribed', 'form', now(), now()),
            (8, 80, 1, 1001, 'pending', 'form', now(), NULL)
        """,
    ),
    17: (
        """
        INSERT INTO lanes (brand_id, channel_id, source, source_id, options, is_open, per_minute)
        VALUES
            (1001, 1, 'call', 0, '{}', true, NULL),
            (1001, 1, 'campaign', 1, '{"topic": "news"}', false, 60)
        """,
        """
        INSERT INTO messages (
            slot, message_id, brand_id, profile_id, lane_id, template_id, template_version, content,
            data, status, reason, attempts, claimed_by, provider_message_id, created_at, due_at,
            ended_at
        )
        VALUES
            (7, 1, 1001, 70, 1, 1, 2, NULL, '{"n": 1}', 'queued', NULL, 0, NULL, NULL, now(),
                now(), NULL),
            (8, 2, 1001, 80, 2, NULL, NULL, '{"text": "x"}', NULL, 'sending', NULL, 1, 'host/1',
                NULL, now(), now(), NULL),
            (8, 3, 1001, 81, 2, 1, 1, NULL, NULL, 'sent', NULL, 1, NULL, 'A1', now(), now(), now())
        """,
        """
        INSERT INTO message_contents (slot, message_id, brand_id, content, kept_until)
        VALUES (8, 3, 1001, '\\x01', now())
        """,
        """
        INSERT INTO message_counts (
            brand_id, lane_id, template_id, day, what, detail, shard, count
        )
        VALUES (1001, 2, 1, '2026-03-29', 'sent', '', 3, 1)
        """,
    ),
    18: (
        """
        INSERT INTO campaigns (brand_id, name, channel_id, definition, state, created_at)
        VALUES (1001, 'Sale', 1, '{"name": "Sale", "channel": "main"}', 'draft', now())
        """,
    ),
    19: ('UPDATE messages SET options = \'{"campaign": "orders"}\'',),
    20: (
        """
        INSERT INTO conversions (
            slot, profile_id, brand_id, name_id, occurred_at, received_at, nth, lane_id,
            template_id, message_id, amount
        )
        VALUES (7, 70, 1001, 1, now(), now(), 1, 2, NULL, 3, 9.5)
        """,
        """
        INSERT INTO conversion_rounds (name, looked_until)
        VALUES ('late', now())
        """,
    ),
    21: ("UPDATE channels SET hook = '07' WHERE channel_id = 1",),
    22: (),
    23: (
        """
        INSERT INTO devices (
            slot, brand_id, profile_id, platform, place, place_key, added_at, seen_at
        )
        VALUES
            (7, 1001, 70, 'web', '{"endpoint": "https://a", "p256dh": "a", "auth": "a"}',
                sha256('https://a'), now(), now()),
            (8, 1001, 80, 'ios', '{"token": "a"}', sha256('a'), now(), now())
        """,
    ),
    24: (
        """
        UPDATE campaigns
        SET decided_at = now(), winner = '{"position": 0, "how": "tie", "trials": []}'
        """,
    ),
    25: (
        "UPDATE lanes SET medium = 'sms' WHERE lane_id = 1",
        """
        INSERT INTO hard_bounces (slot, profile_id, medium, brand_id, address_key, bounced_at)
        VALUES (7, 70, 'email', 1001, sha256('a'), now())
        """,
    ),
    26: (
        """
        INSERT INTO templates (brand_id, key, name, medium, last_version, created_at, updated_at)
        VALUES (1001, 'crm', 'CRM', 'webhook', 1, now(), now())
        """,
    ),
    27: (
        """
        INSERT INTO content_words (brand_id, words_key, words, kept_until)
        VALUES (1001, sha256('a'), 'a', now())
        """,
        "UPDATE message_contents SET words_key = sha256('a')",
    ),
    28: (),
}
