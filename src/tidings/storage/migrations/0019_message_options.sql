-- Calls say of their messages whose they are, where answers go, and what the caller calls them.

-- options: as the call gave them; NULL for a message of a campaign.
ALTER TABLE messages ADD COLUMN options jsonb;
