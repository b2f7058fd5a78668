-- title: Requests of the window and how they ended
-- limit: 2000000
-- weight: 6
-- Only successes are written, so the status is "success" in every version; another word is no success.
SELECT timestamp AS time_ms, 'request' AS kind, iif(status = 'success', 'success', 'unknown') AS outcome,
       provider, instance, model, api_key_name AS api_key
FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
