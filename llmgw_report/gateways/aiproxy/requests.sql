-- title: rows of table logs, one per request
-- 408 is the gateway's own time-out of the upstream. Without a channel nothing was asked, and the gateway refused. Counts of 0 are NULL.
SELECT ms(l.created_at) AS time_ms, l.code AS status, coalesce(c.name, 'channel ' || nullif(l.channel_id, 0)) AS provider,
       coalesce(c.name, 'channel ' || nullif(l.channel_id, 0)) AS instance, l.model, l.token_name AS api_key, l.endpoint, l.request_id,
       (ms(l.created_at) - ms(l.request_at)) / 1e3 AS seconds, coalesce(l.retry_times, 0) AS retries,
       l.input_tokens, l.output_tokens, iif(l.input_tokens > 0, coalesce(l.cached_tokens, 0), NULL) AS cached_read_tokens,
       iif(l.input_tokens > 0, coalesce(l.cache_creation_tokens, 0), NULL) AS cached_write_tokens,
       iif(l.output_tokens > 0, coalesce(l.reasoning_tokens, 0), NULL) AS reasoning_tokens,
       nullif(l.used_amount, 0) AS cost_usd, iif(l.code BETWEEN 200 AND 299, NULL, l.content) AS error,
       CASE WHEN l.code BETWEEN 200 AND 299 THEN 'success' WHEN l.code = 499 THEN 'canceled' WHEN l.code IN (408, 504) THEN 'timeout'
            WHEN l.code >= 500 THEN 'server-error' WHEN coalesce(l.channel_id, 0) = 0 THEN iif(l.code = 429, 'limited', 'client-error')
            WHEN l.code = 429 THEN 'rate-limited' WHEN l.code IN (401, 402, 403, 404) THEN 'upstream-refused'
            WHEN l.code IN (400, 413, 415, 422) THEN 'client-error' WHEN l.code BETWEEN 400 AND 499 THEN 'error' ELSE 'unknown' END AS outcome
FROM logs AS l LEFT JOIN channels AS c ON c.id = l.channel_id
WHERE in_window(l.created_at)
