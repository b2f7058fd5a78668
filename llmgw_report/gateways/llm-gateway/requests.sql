-- title: Requests of the window and how they ended
-- limit: 2000000
-- weight: 8
-- A handled chat request has a span with status ok if the head of an answer was delivered. A native request leaves a
-- "Completed" row, unless it is a stream, which leaves nothing. "response failed" has neither request id nor model, so it
-- ends an open request in count; a stream error revokes a success, and is logged several times within 50 ms.
-- Only the class of an error is read from `fields`: ERROR rows carry a sample of the client's request.
WITH line AS (
  SELECT id, timestamp, level, message, request_id,
         CASE WHEN level <> 'ERROR' AND length(fields) < 100000 AND json_valid(fields) THEN fields END AS who,
         CASE WHEN level = 'ERROR' AND length(fields) < 100000 AND json_valid(fields) THEN json_extract(fields, '$.classification') END AS class
  FROM logs NOT INDEXED
  WHERE id >= :first_log AND timestamp > :since_ms AND timestamp <= :until_ms
    AND (message LIKE 'Handling %' OR message LIKE 'Completed native %' OR (level = 'ERROR' AND (message = 'response failed' OR message LIKE '%tream error:%')))
)
SELECT timestamp AS time_ms, 'request' AS kind,
       CASE WHEN EXISTS (SELECT 1 FROM spans WHERE spans.request_id = line.request_id AND status = 'ok') THEN 'success' END AS outcome,
       NULL AS provider, NULL AS instance, json_extract(who, '$.model') AS model, json_extract(who, '$.api_key_name') AS api_key
FROM line WHERE message LIKE 'Handling %'
UNION ALL
SELECT timestamp, 'ending', 'success', NULL, NULL, json_extract(who, '$.model'), json_extract(who, '$.api_key_name')
FROM line WHERE message LIKE 'Completed native %'
UNION ALL
SELECT timestamp, 'ending', CASE WHEN class LIKE '%504%' THEN 'timeout' WHEN class LIKE '%529%' THEN 'rate-limited' ELSE 'server-error' END,
       NULL, NULL, NULL, NULL
FROM line WHERE message = 'response failed'
UNION ALL
SELECT timestamp, 'revoke', 'server-error', NULL, NULL, NULL, NULL
FROM (SELECT timestamp, timestamp - lag(timestamp, 1, 0) OVER (ORDER BY timestamp) AS gap FROM line WHERE message LIKE '%tream error:%')
WHERE gap > 50
