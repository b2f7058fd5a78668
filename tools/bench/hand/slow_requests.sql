-- title: Requests slower than the limit in the window
SELECT request_id, timestamp AS time_ms, duration_ms / 1000.0 AS duration_seconds,
       NULL AS slowest_span, NULL AS slowest_span_seconds, provider, model, count(*) OVER () AS matches
FROM requests
WHERE timestamp > :since_ms AND timestamp <= :until_ms AND +duration_ms > :slow_ms
  AND +duration_ms < 31622400000 AND input_tokens + output_tokens > 0
ORDER BY duration_ms DESC LIMIT :top
