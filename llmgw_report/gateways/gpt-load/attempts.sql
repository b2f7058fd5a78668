-- title: rows of table request_logs, one per call to an upstream
-- Every row that names an upstream is a call to it, whether a retry followed or not. The instance is its scheme and host.
SELECT ms(l.timestamp) AS time_ms, l.status_code AS status, l.group_name AS provider, nullif(l.model, '') AS model,
       substr(l.upstream_addr, 1, instr(l.upstream_addr, '://') + 2
              + instr(substr(l.upstream_addr, instr(l.upstream_addr, '://') + 3) || '/', '/') - 1) AS instance,
       CASE WHEN l.is_success THEN 'success' WHEN l.status_code = 499 THEN 'canceled'
            WHEN l.status_code IN (408, 504) OR l.error_message LIKE '%deadline exceeded%' THEN 'timeout'
            WHEN l.status_code >= 500 THEN iif(l.error_message LIKE '%timeout%', 'timeout', 'server-error')
            WHEN l.status_code = 429 THEN 'rate-limited'
            WHEN l.status_code IN (401, 402, 403) OR l.error_message LIKE '%API key not valid%' THEN 'upstream-refused'
            WHEN l.status_code IN (400, 404, 413, 415, 422) THEN 'client-error'
            WHEN l.status_code BETWEEN 400 AND 499 THEN 'error' ELSE 'unknown' END AS outcome
FROM request_logs AS l
WHERE in_window(l.timestamp) AND l.upstream_addr <> ''
