-- title: rows of usage_logs that a provider was asked for, one per candidate
SELECT ms(u.timestamp) AS time_ms,
       CASE WHEN u.status = 'success' THEN 'success'
            WHEN u.status_code IN (408, 504) THEN 'timeout'
            WHEN u.status_code >= 500 THEN 'server-error'
            WHEN u.status_code IN (429, 529) THEN 'rate-limited'
            WHEN u.status_code IN (401, 402, 403) THEN 'upstream-refused'
            WHEN u.status_code = 404 THEN iif(u.policy_name IS NULL, 'client-error', 'upstream-refused')
            WHEN u.status_code IN (400, 413, 415, 422) THEN 'client-error' ELSE 'error' END AS outcome,
       coalesce(u.status_code, u.status) AS status, u.provider,
       u.provider || ':' || u.model AS instance, u.model, ms_to_s(u.latency_ms) AS seconds
FROM usage_logs AS u
WHERE in_window(u.timestamp) AND +u.source = 'gateway' AND u.provider IS NOT NULL
  AND (u.status = 'success' OR u.status = 'absorbed' OR u.error_message LIKE 'Error code%' OR u.status_code >= 500)
