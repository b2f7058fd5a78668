-- title: rows of table requests, the last of each request
-- A call that was answered 429 and moved to another account has a row with an id of its own. It is the request's answer only if no other
-- call moved further: those of one request have the same beginning, as every duration runs from there, and count their moves.
WITH calls AS (
  SELECT id, status_code = 429 AND error_message LIKE '%_429' AND failover_attempts < max(failover_attempts) OVER (
    PARTITION BY api_key_id ORDER BY timestamp - response_time_ms RANGE BETWEEN 100 PRECEDING AND 100 FOLLOWING) AS moved
  FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
)
SELECT r.timestamp AS time_ms, CAST(r.status_code AS TEXT) AS status, a.provider, a.name AS instance, r.model, r.api_key_name AS api_key, r.path AS endpoint,
       r.id AS request_id, ms_to_s(r.response_time_ms) AS seconds, r.error_message AS error, r.failover_attempts AS fallbacks,
       r.input_tokens + coalesce(r.cache_read_input_tokens, 0) + coalesce(r.cache_creation_input_tokens, 0) AS input_tokens,
       r.output_tokens, r.cache_read_input_tokens AS cached_read_tokens, r.cache_creation_input_tokens AS cached_write_tokens,
       r.cost_usd,
       CASE WHEN r.success THEN 'success' WHEN r.error_message = 'pool_exhausted' OR r.status_code IN (429, 529) THEN 'rate-limited'
            WHEN r.status_code = 499 THEN 'canceled' WHEN r.status_code IN (408, 504) THEN 'timeout' WHEN r.status_code >= 500 THEN 'server-error'
            WHEN r.status_code IN (401, 402, 403) THEN 'upstream-refused' WHEN r.status_code IN (400, 404, 413, 422) THEN 'client-error'
            WHEN r.status_code BETWEEN 400 AND 499 THEN 'error' ELSE 'unknown' END AS outcome
FROM requests AS r LEFT JOIN accounts AS a ON a.id = r.account_used
WHERE r.timestamp > :since_ms AND r.timestamp <= :until_ms AND r.id NOT IN (SELECT id FROM calls WHERE moved)
