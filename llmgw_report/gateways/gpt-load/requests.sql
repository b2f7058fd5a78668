-- title: rows of type final in table request_logs, one per request
-- One row per answer to a client; the "retry" rows before it are attempts. The 404 is the client's unless the gateway chose the model.
SELECT ms(l.timestamp) AS time_ms, l.status_code AS status, l.group_name AS provider, nullif(l.model, '') AS model,
       l.is_stream AS stream, l.id AS request_id, ms_to_s(l.duration) AS seconds, nullif(l.error_message, '') AS error,
       CASE WHEN l.is_success THEN 'success' WHEN l.status_code = 499 THEN 'canceled'
            WHEN l.status_code IN (408, 504) OR l.error_message LIKE '%deadline exceeded%' THEN 'timeout'
            WHEN l.status_code >= 500 THEN iif(l.error_message LIKE '%timeout%', 'timeout', 'server-error')
            WHEN l.status_code = 429 THEN 'rate-limited'
            -- Gemini answers 400 to a bad key of the gateway's own.
            WHEN l.status_code IN (401, 402, 403) OR l.error_message LIKE '%API key not valid%' THEN 'upstream-refused'
            WHEN l.status_code = 404 THEN iif(coalesce(g.model_redirect_rules, '') IN ('', '{}', 'null'), 'client-error', 'upstream-refused')
            WHEN l.status_code IN (400, 413, 415, 422) THEN 'client-error'
            WHEN l.status_code BETWEEN 400 AND 499 THEN 'error' ELSE 'unknown' END AS outcome
FROM request_logs AS l LEFT JOIN groups AS g ON g.id = l.group_id
WHERE in_window(l.timestamp) AND +l.request_type = 'final'  -- the plus keeps SQLite on the index of the time
