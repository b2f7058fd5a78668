-- title: rows of table request_executions, one per call to a channel
-- The text of an execution that was followed by another channel does not tell why it failed.
SELECT ms(r.created_at) AS time_ms, x.response_status_code AS status, c.name AS provider, c.name AS instance, x.model_id AS model,
       CASE WHEN x.status = 'completed' THEN 'success' WHEN x.status = 'canceled' THEN 'canceled'
            WHEN x.status IN ('pending', 'processing') THEN NULL WHEN x.status <> 'failed' THEN 'unknown'
            WHEN x.error_message LIKE '%switching to next channel%' THEN 'error'
            WHEN x.response_status_code = 429 OR x.error_message LIKE '%, code: 429,%' OR x.error_message LIKE '%type: rate_limit_error%' THEN 'rate-limited'
            WHEN x.response_status_code IN (408, 504) OR x.error_message LIKE '%deadline exceeded%' OR x.error_message LIKE '%, code: 408,%'
              OR x.error_message LIKE '%, code: 504,%' THEN 'timeout'
            WHEN x.response_status_code IN (400, 413, 422) OR x.error_message LIKE '%, code: 400,%' THEN 'client-error'
            WHEN x.response_status_code IN (401, 402, 403, 404) OR x.error_message LIKE '%, code: 40_,%'
              OR x.error_message LIKE '%code: invalid_api_key,%' THEN 'upstream-refused'
            WHEN x.response_status_code BETWEEN 400 AND 499 OR x.error_message LIKE '%, code: 4__,%' THEN 'error' ELSE 'server-error' END AS outcome
FROM requests AS r JOIN request_executions AS x ON x.request_id = r.id JOIN channels AS c ON c.id = x.channel_id
WHERE in_window(r.created_at) AND r.source = 'api'  -- by the time of the request: executions have no index on theirs
