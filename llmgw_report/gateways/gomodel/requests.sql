-- title: rows of audit_logs, one per request
-- A fallback's row names the primary that failed; the row of its usage names who answered. A client may send its own id,
-- and one for many requests: all usage of an id in the window is that of the newest success among them.
WITH request AS (
  SELECT l.id, l.timestamp, l.status_code, l.error_type, l.provider_name, l.requested_model, l.resolved_model,
         l.auth_key_id, l.auth_method, l.path, l.stream, l.request_id, l.duration_ns,
         CASE WHEN json_valid(l.data) AND (l.status_code >= 400 OR l.error_type <> '')
              THEN json_extract(l.data, '$.error_message') END AS error,
         CASE WHEN json_valid(l.data) AND l.status_code = 429 THEN json_extract(l.data, '$.error_code') END AS code,
         CASE WHEN json_valid(l.data) THEN nullif(json_extract(l.data, '$.failover.target_model'), '') END AS fallback,
         row_number() OVER (PARTITION BY l.request_id ORDER BY l.status_code BETWEEN 200 AND 299 DESC, l.timestamp DESC) AS nth
  FROM audit_logs AS l WHERE in_window(l.timestamp) AND l.method = 'POST')
SELECT ms(a.timestamp) AS time_ms,
       CASE WHEN a.status_code = 499 OR a.error LIKE '%context canceled%' THEN 'canceled'
            WHEN a.error_type = 'stream_error' THEN 'server-error'
            WHEN a.status_code BETWEEN 200 AND 299 THEN 'success'
            WHEN a.code = 'budget_exceeded' OR a.code = 'rate_limit_exceeded' AND a.error GLOB 'rate limit exceeded for *'
              THEN 'limited'
            WHEN a.status_code IN (408, 504) OR a.error LIKE '%deadline exceeded%' THEN 'timeout'
            -- A client that left and a panic of the gateway leave the same row.
            WHEN a.status_code = 500 AND a.error = 'an unexpected error occurred' THEN 'error'
            WHEN a.status_code >= 500 THEN 'server-error'
            WHEN coalesce(a.provider_name, '') = '' THEN iif(a.status_code = 429, 'limited', 'client-error')
            WHEN a.status_code = 429 THEN 'rate-limited'
            WHEN a.status_code IN (401, 402, 403, 404) THEN 'upstream-refused'
            WHEN a.status_code IN (400, 413, 415, 422) THEN 'client-error'
            WHEN a.status_code BETWEEN 400 AND 499 THEN 'error' ELSE 'unknown' END AS outcome,
       a.status_code AS status, coalesce(nullif(max(u.provider_name), ''), a.provider_name) AS provider,
       coalesce(nullif(a.requested_model, ''), a.resolved_model) AS model,
       coalesce(k.name, iif(a.auth_method = 'master_key', 'master_key', NULL)) AS api_key, a.path AS endpoint, a.stream,
       a.request_id, ns_to_s(a.duration_ns) AS seconds,
       sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       sum(CASE WHEN json_valid(u.raw_data) THEN coalesce(json_extract(u.raw_data, '$.prompt_cached_tokens'),
           json_extract(u.raw_data, '$.cache_read_input_tokens')) END) AS cached_read_tokens,
       sum(CASE WHEN json_valid(u.raw_data) THEN json_extract(u.raw_data, '$.completion_reasoning_tokens') END)
         AS reasoning_tokens,
       sum(iif(coalesce(u.cache_type, '') = '', u.total_cost, 0)) AS cost_usd,
       a.fallback IS NOT NULL AS fallbacks, a.error,
       a.status_code = 401 AND coalesce(a.provider_name, '') = '' AS auth_failures,
       a.code = 'budget_exceeded' OR coalesce(a.provider_name, '') = '' AND a.status_code = 429 AS policy_rejections
FROM request AS a LEFT JOIN usage AS u ON u.request_id = a.request_id AND a.nth = 1
     AND replace(u.timestamp, ' ', 'T') >= strftime('%Y-%m-%dT%H:%M:%S', :since_ms / 1000, 'unixepoch')
     LEFT JOIN auth_keys AS k ON k.id = a.auth_key_id
GROUP BY +a.id
