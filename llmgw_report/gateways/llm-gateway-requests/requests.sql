-- title: rows of table requests
-- Only successes are written, so the status is "success" in every version; another word is no success. The table has 0
-- for what was not recorded: the tokens of most streams, the tokens in caches of all but one provider, the cost of a
-- model without a price. The duration of a stream ends at its head, so that one without tokens has none either.
-- With the log, a request that was begun and has no row failed, or is still running; "response failed" names no
-- request, but tells how long one took. A stream that breaks has a row all the same; a burst within 50 ms is one, unless
-- the stream is a native one.
SELECT timestamp AS time_ms, 'request' AS kind, iif(status = 'success', 'success', 'unknown') AS outcome, status,
       provider, instance, model, api_key_name AS api_key, request_id, NULL AS error, NULL AS began_ms,
       input_tokens = 0 AND output_tokens = 0 AS streamed,
       iif(input_tokens = 0 AND output_tokens = 0, NULL, ms_to_s(duration_ms)) AS seconds,
       nullif(input_tokens, 0) AS input_tokens, nullif(output_tokens, 0) AS output_tokens, nullif(total_cost, 0) AS cost_usd,
       nullif(cache_read_input_tokens, 0) AS cached_read_tokens,
       nullif(cache_creation_input_tokens, 0) AS cached_write_tokens
FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
UNION ALL
SELECT time_ms, 'request', NULL, NULL, NULL, NULL, model, api_key, request_id, NULL, NULL, stream, NULL, NULL, NULL, NULL, NULL, NULL
FROM log_lines AS line WHERE message LIKE 'Handling %' AND time_ms > :since_ms AND time_ms <= :until_ms
  AND NOT EXISTS (SELECT 1 FROM requests WHERE requests.request_id = line.request_id)
UNION ALL
SELECT time_ms, 'ending', CASE WHEN classification LIKE '%504%' OR classification LIKE '%408%' THEN 'timeout'
                               WHEN classification LIKE '%529%' THEN 'rate-limited' ELSE 'server-error' END,
       classification, NULL, NULL, NULL, NULL, NULL, 'response failed' || coalesce(': ' || classification, ''),
       CASE WHEN latency LIKE '% ms' THEN time_ms - CAST(latency AS INTEGER) END, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM log_lines WHERE message = 'response failed' AND time_ms > :since_ms AND time_ms <= :until_ms
UNION ALL
SELECT time_ms, 'revoke', 'server-error', NULL, NULL, NULL, NULL, NULL, NULL, message, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT *, time_ms - lag(time_ms, 1, 0) OVER (PARTITION BY message ORDER BY time_ms) AS gap
      FROM log_lines WHERE message LIKE '%tream error:%')
WHERE (gap > 50 OR message LIKE 'Native %') AND time_ms > :since_ms AND time_ms <= :until_ms
