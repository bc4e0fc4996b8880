-- Templates may be for webhooks, too: their body is JSON.

-- A brand has a thousand templates at most, so looking through them takes no time.
ALTER TABLE templates
    DROP CONSTRAINT templates_medium_check,
    ADD CONSTRAINT templates_medium_check
        CHECK (medium IN ('email', 'sms', 'whatsapp', 'push', 'webhook'));
