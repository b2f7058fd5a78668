-- title: Requests slower than the limit in the window
-- The slowest child is looked up by request id, for the requests shown only: parent_span_id has no index.
WITH slow AS (
  SELECT rowid AS root, span_id, request_id, start_time, duration_ms, attributes, count(*) OVER () AS matches
  FROM spans NOT INDEXED
  WHERE rowid >= :first_span AND start_time > :since_ms AND start_time <= :until_ms
    AND parent_span_id IS NULL AND duration_ms > :slow_ms AND duration_ms < 31622400000
  ORDER BY duration_ms DESC LIMIT :top
)
SELECT slow.request_id AS request_id, slow.start_time AS time_ms, slow.duration_ms / 1000.0 AS duration_seconds,
       child.name AS slowest_span, child.duration_ms / 1000.0 AS slowest_span_seconds,
       json_extract(CASE WHEN json_valid(slow.attributes) THEN slow.attributes END, '$.provider') AS provider, json_extract(CASE WHEN json_valid(slow.attributes) THEN slow.attributes END, '$.model') AS model,
       matches
FROM slow LEFT JOIN spans AS child ON child.rowid = (
  SELECT rowid FROM spans
  WHERE request_id = slow.request_id AND parent_span_id IS NOT NULL AND duration_ms >= 0 AND duration_ms < 31622400000
  ORDER BY duration_ms DESC LIMIT 1)
ORDER BY slow.duration_ms DESC
