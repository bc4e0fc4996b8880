-- The test of a campaign: its variants go to some people first, and the winner to everybody else.

-- filled_at: when all its people had been gone through. tested_at: when all of the test was sent.
-- winner: which variant, why, and what became of each as of decided_at.
ALTER TABLE campaigns
    ADD COLUMN filled_at timestamptz,
    ADD COLUMN tested_at timestamptz,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN winner jsonb;
