-- title: rows of table requests, the last of each request
-- A call that was answered 429 and moved to another account has a row with an id of its own. It is the request's answer only if no later
-- call has one: those of one request have the same beginning, as every duration runs from there, and count their moves.
SELECT r.timestamp AS time_ms, CAST(r.status_code AS TEXT) AS status, a.provider, a.name AS instance, r.model, r.api_key_name AS api_key, r.path AS endpoint,
       r.id AS request_id, r.response_time_ms / 1e3 AS seconds, r.error_message AS error, r.failover_attempts AS fallbacks,
       r.input_tokens + coalesce(r.cache_read_input_tokens, 0) + coalesce(r.cache_creation_input_tokens, 0) AS input_tokens,
       r.output_tokens, r.cache_read_input_tokens AS cached_read_tokens, r.cache_creation_input_tokens AS cached_write_tokens,
       r.cost_usd,
       CASE WHEN r.success THEN 'success' WHEN r.error_message = 'pool_exhausted' OR r.status_code IN (429, 529) THEN 'rate-limited'
            WHEN r.status_code = 499 THEN 'canceled' WHEN r.status_code IN (408, 504) THEN 'timeout' WHEN r.status_code >= 500 THEN 'server-error'
            WHEN r.status_code IN (401, 402, 403) THEN 'upstream-refused' WHEN r.status_code IN (400, 404, 413, 422) THEN 'client-error'
            WHEN r.status_code BETWEEN 400 AND 499 THEN 'error' ELSE 'unknown' END AS outcome
FROM requests AS r LEFT JOIN accounts AS a ON a.id = r.account_used
WHERE r.timestamp > :since_ms AND r.timestamp <= :until_ms AND NOT (r.status_code = 429 AND r.error_message LIKE '%_429' AND EXISTS (
  SELECT 1 FROM requests AS later WHERE later.timestamp BETWEEN r.timestamp AND r.timestamp + 600000 AND later.api_key_id IS r.api_key_id
     AND later.failover_attempts > r.failover_attempts
     AND abs(later.timestamp - later.response_time_ms - r.timestamp + r.response_time_ms) <= 100))
