-- What was told is not looked at while its task waits to be tried again, or is dead; but such a task has
-- lost the time at which it was told, so that now stands in what it says.
DROP VIEW read_due_people;

CREATE VIEW read_told_people AS
SELECT slot, brand_id, coalesce((payload ->> 'told_at')::timestamptz, run_at) AS told_at
FROM tasks
WHERE name IN ('people.changed', 'segments.lapsed', 'segments.inherit')
UNION ALL
SELECT slot, brand_id, coalesce((payload ->> 'told_at')::timestamptz, run_at) AS told_at
FROM dead_tasks
WHERE name IN ('people.changed', 'segments.lapsed', 'segments.inherit');
