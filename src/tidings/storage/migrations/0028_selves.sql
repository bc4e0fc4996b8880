-- Whoever reads what belongs to people also reads what belongs to who went into them: one function says
-- who that is.

-- Each of these people, and all who went into them, with the position of the person from 1. It is put
-- into the query that asks, as a view is.
CREATE FUNCTION read_selves(brand integer, slots smallint[], profile_ids bigint[])
RETURNS TABLE ("position" bigint, slot smallint, profile_id bigint)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT asked.position, self.slot, self.profile_id
    FROM unnest(slots, profile_ids) WITH ORDINALITY AS asked (slot, profile_id, position)
    CROSS JOIN LATERAL (
        SELECT asked.slot, asked.profile_id
        UNION ALL
        SELECT read_merges.absorbed_slot, read_merges.absorbed_id
        FROM read_merges
        WHERE read_merges.brand_id = brand
            AND read_merges.slot = asked.slot
            AND read_merges.profile_id = asked.profile_id
    ) AS self (slot, profile_id);
END;
