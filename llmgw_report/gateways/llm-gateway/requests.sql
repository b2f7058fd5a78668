-- title: Requests of the window and how they ended
-- limit: 2000000
-- weight: 8
-- A handled chat request has a span with status ok if the head of an answer was delivered. Any other, and a chat request
-- where spans are not kept, leaves a "Completed" row, unless it is a stream, which leaves nothing. "response failed" has
-- neither request id nor model: what it took tells when its request began. A stream error revokes a success; one of a
-- converted stream is logged several times within 50 ms. Only the class and the time of an error are read from `fields`:
-- ERROR rows carry a sample of the client's request.
WITH line AS (
  SELECT id, timestamp, level, message, request_id,
         CASE WHEN level <> 'ERROR' AND length(fields) < 100000 AND json_valid(fields) THEN fields END AS who,
         CASE WHEN level = 'ERROR' AND length(fields) < 100000 AND json_valid(fields) THEN json_extract(fields, '$.classification') END AS class,
         CASE WHEN level = 'ERROR' AND length(fields) < 100000 AND json_valid(fields) THEN json_extract(fields, '$.latency') END AS took
  FROM logs NOT INDEXED
  WHERE id >= :first_log AND timestamp > :since_ms AND timestamp <= :until_ms
    AND (message LIKE 'Handling %' OR message LIKE 'Completed %' OR (level = 'ERROR' AND (message = 'response failed' OR message LIKE '%tream error:%')))
),
spanned AS (
  SELECT EXISTS (SELECT 1 FROM line JOIN spans ON spans.request_id = line.request_id WHERE line.message LIKE 'Handling chat %') AS yes
)
SELECT timestamp AS time_ms, 'request' AS kind,
       CASE WHEN EXISTS (SELECT 1 FROM spans WHERE spans.request_id = line.request_id AND status = 'ok') THEN 'success' END AS outcome,
       NULL AS provider, NULL AS instance, json_extract(who, '$.model') AS model, json_extract(who, '$.api_key_name') AS api_key,
       NULL AS began_ms,
       (message LIKE 'Handling chat %' AND yes) OR coalesce(json_extract(who, '$.stream') = 'false', 0) AS recorded
FROM line, spanned WHERE message LIKE 'Handling %'
UNION ALL
SELECT timestamp, 'ending', 'success', NULL, NULL, json_extract(who, '$.model'), json_extract(who, '$.api_key_name'),
       timestamp - CAST(json_extract(who, '$.duration_ms') AS INTEGER), 1
FROM line, spanned WHERE message LIKE 'Completed native %' OR (message LIKE 'Completed %' AND NOT yes)
UNION ALL
SELECT timestamp, 'ending', CASE WHEN class LIKE '%504%' THEN 'timeout' WHEN class LIKE '%529%' THEN 'rate-limited' ELSE 'server-error' END,
       NULL, NULL, NULL, NULL, CASE WHEN took LIKE '% ms' THEN timestamp - CAST(took AS INTEGER) END, 1
FROM line WHERE message = 'response failed'
UNION ALL
SELECT timestamp, 'revoke', 'server-error', NULL, NULL, NULL, NULL, NULL, 0
FROM line WHERE message LIKE 'Native %tream error:%'
UNION ALL
SELECT timestamp, 'revoke', 'server-error', NULL, NULL, NULL, NULL, NULL, 1
FROM (
  SELECT timestamp, timestamp - lag(timestamp, 1, 0) OVER (ORDER BY timestamp) AS gap
  FROM line WHERE message LIKE '%tream error:%' AND message NOT LIKE 'Native %'
)
WHERE gap > 50
