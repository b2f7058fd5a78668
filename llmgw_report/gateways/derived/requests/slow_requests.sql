-- title: Requests slower than the limit in the window
SELECT coalesce(request_id, '') AS request_id, time_ms, seconds AS duration_seconds, NULL AS slowest_span,
       NULL AS slowest_span_seconds, provider, model, count(*) OVER () AS matches
FROM llmgw_requests WHERE kind = 'request' AND seconds * 1000 > :slow_ms
ORDER BY seconds DESC LIMIT :top
