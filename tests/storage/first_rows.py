"""Rows of the tables that the first migrations made: see `rows`."""

from collections.abc import Mapping, Sequence

FIRST_ROWS: Mapping[int, Sequence[str]] = {
    1: (
        """
        INSERT INTO tasks (slot, run_at, name, brand_id, profile_id, payload, attempts, last_error)
        VALUES
            (7, '2026-03-29 12:00Z', 'note', 1001, 70, '{"a": 1}', 0, NULL),
            (7, '2026-03-29 12:00Z', 'note', 1001, NULL, '[]', 11, 'ValueError')
        """,
        """
        INSERT INTO dead_tasks (
            slot, task_id, run_at, name, brand_id, profile_id, payload, attempts, last_error,
            died_at
        )
        VALUES (7, 9, '2026-03-29 12:00Z', 'note', 1001, 70, 'null', 12, 'gone', now())
        """,
        """
        INSERT INTO periodic_jobs (name, next_run_at, last_run_at, last_error)
        VALUES ('new', now(), NULL, NULL), ('failed', now(), now(), 'OSError')
        """,
        """
        INSERT INTO heartbeats (process_id, kind, host, pid, started_at, seen_at)
        VALUES ('a', 'web', 'here', 1, now(), now()), ('b', 'worker', 'there', 2, now(), now())
        """,
    ),
    2: (
        """
        INSERT INTO brands (
            name, time_zone, merging, schema_version, user_calls_per_minute,
            event_calls_per_minute, campaign_calls_per_minute, reporting_calls_per_minute,
            created_at
        )
        VALUES
            ('One', 'UTC', false, 1, 100, 500, 500, 50, now()),
            ('Other', 'Asia/Kolkata', true, 9, 1, 1, 1, 1000000000, now())
        """,
        """
        INSERT INTO api_keys (brand_id, name, prefix, sha256, created_at, revoked_at)
        VALUES
            (1001, 'default', 'tdk_aaaaaa', sha256('a'), now(), NULL),
            (1002, 'old', 'tdk_bbbbbb', sha256('b'), now(), now())
        """,
        """
        INSERT INTO rate_counters (brand_id, api, minute, used)
        VALUES (1001, 'user', '2026-03-29 12:00Z', 9), (1001, 'event', '2026-03-29 12:00Z', 0)
        """,
        """
        INSERT INTO idempotency_keys (brand_id, key, fingerprint, status, answer, created_at)
        VALUES
            (1001, 'done', '\\x00', 200, '{}', now()),
            (1001, 'begun', '\\x01', NULL, NULL, now())
        """,
    ),
    3: (
        """
        INSERT INTO event_names (brand_id, name, kind, first_seen_at)
        VALUES (1001, 'Bought', 'custom', now()), (1001, 'Email Sent', 'system', now())
        """,
        """
        INSERT INTO attribute_types (
            brand_id, owner, attribute, type, status, locked_at, mismatches, last_mismatch_at
        )
        VALUES
            (1001, 0, 'city', 'String', 'active', now(), 0, NULL),
            (1001, 1, 'price', 'Number', 'inactive', now(), 3, now()),
            (1001, 1, 'junk', 'Array of Objects', 'discarded', now(), 0, NULL)
        """,
    ),
    4: (
        """
        INSERT INTO profiles (
            slot, profile_id, brand_id, user_id, attributes, mismatched, created_at, updated_at
        )
        VALUES
            (7, 70, 1001, 'ada', '{"city": "Mumbai"}', '{"age": "many"}', now(), now()),
            (8, 80, 1001, NULL, '{}', NULL, now(), now())
        """,
        """
        INSERT INTO identifiers (slot, brand_id, kind, value, profile_slot, profile_id)
        VALUES (7, 1001, 1, 'ada', 7, 70), (8, 1001, 4, 'visitor', 8, 80)
        """,
    ),
    5: (
        """
        INSERT INTO events (
            slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, event_id,
            attributes, context, mismatched
        )
        VALUES
            (7, 70, 1001, 1, '2000-01-01Z', now(), -10, 'e1', '{"price": 1.5}', '{}', NULL),
            (8, 80, 1001, 2, now(), now(), 10, NULL, '{}', NULL, '{"price": "much"}')
        """,
        """
        INSERT INTO event_ids (slot, profile_id, brand_id, event_id)
        VALUES (7, 70, 1001, 'e1')
        """,
    ),
    6: (),
    7: (),
    8: (
        """
        INSERT INTO merges (
            slot, profile_id, brand_id, absorbed_slot, absorbed_id, absorbed_user_id, kind, value,
            kept, filled, moved, merged_at
        )
        VALUES
            (7, 70, 1001, 9, 90, NULL, 2, 'ada@example.com', '[]',
                '["city"]', '{"events": 1}', now()),
            (7, 70, 1001, 9, 91, 'adah', NULL, NULL, '["city"]', '[]', '{"events": 0}', now())
        """,
        """
        INSERT INTO identity_conflicts (
            slot, profile_id, brand_id, kind, value, reason, owner_slot, owner_id, times, first_at,
            last_at, dismissed_at
        )
        VALUES
            (7, 70, 1001, 2, 'a@example.com', 'two_users', 8, 80, 3, now(), now(), NULL),
            (7, 70, 1001, 3, '+0', 'placeholder', NULL, NULL, 1, now(), now(), now())
        """,
    ),
}
