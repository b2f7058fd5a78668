-- limit: 10000
-- An account that its owner paused is no outage. A cooldown after a 429 ends at a time that the row has.
SELECT provider, name AS instance, iif(rate_limited_until > :until_ms, 'down', 'ok') AS health,
       iif(rate_limited_until > :until_ms, ((rate_limited_until - :until_ms + 999) / 1000) || 's', NULL) AS recovery
FROM accounts WHERE NOT paused
ORDER BY health <> 'down'
