-- title: Requests of the window and how they ended
-- limit: 2000000
-- weight: 8
-- A handled chat request has a span with status ok if the head of an answer was delivered. Any other, and a chat request
-- where spans are not kept, leaves a "Completed" row, unless it is a stream, which leaves nothing. "response failed" has
-- neither request id nor model: what it took tells when its request began. A stream error revokes a success; one of a
-- converted stream is logged several times within 50 ms. Only the class and the time of an error are read from `fields`:
-- ERROR rows carry a sample of the client's request. Requests that are alike are one row with the moments of each: the
-- time of those that ended, of the others time, row, and when it began. Of so many rows at most, since no text may be longer
-- than 1 MiB.
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
),
handled AS (
  SELECT id, timestamp, message, json_extract(who, '$.model') AS model, json_extract(who, '$.api_key_name') AS api_key,
         json_extract(who, '$.stream') = 'false' AS whole,
         EXISTS (SELECT 1 FROM spans WHERE spans.request_id = line.request_id AND status = 'ok') AS ok
  FROM line WHERE message LIKE 'Handling %'
)
SELECT 1 AS part, json_group_array(timestamp) AS moments, NULL AS time_ms, 'request' AS kind, 'success' AS outcome,
       NULL AS provider, NULL AS instance, model, api_key, NULL AS began_ms, 1 AS recorded, count(*) AS requests,
       NOT coalesce(whole, 0) AS streamed
FROM handled WHERE ok
GROUP BY model, api_key, whole, id >> 15
UNION ALL
SELECT 2, json_group_array(json_array(timestamp, id, NULL)), NULL, 'request', NULL, NULL, NULL, model, api_key, NULL,
       (message LIKE 'Handling chat %' AND yes) OR coalesce(whole, 0) AS known, count(*), NOT coalesce(whole, 0) AS open_ended
FROM handled, spanned WHERE NOT ok
GROUP BY model, api_key, known, open_ended, id >> 13
UNION ALL
SELECT 3, json_group_array(json_array(timestamp, id, began)), NULL, 'ending', 'success', NULL, NULL, model, api_key, NULL, 1, count(*), 0
FROM (SELECT id, timestamp, json_extract(who, '$.model') AS model, json_extract(who, '$.api_key_name') AS api_key,
             timestamp - CAST(json_extract(who, '$.duration_ms') AS INTEGER) AS began
      FROM line, spanned WHERE message LIKE 'Completed native %' OR (message LIKE 'Completed %' AND NOT yes))
GROUP BY model, api_key, id >> 13
UNION ALL
SELECT 4, json_group_array(json_array(timestamp, id, CASE WHEN took LIKE '% ms' THEN timestamp - CAST(took AS INTEGER) END)), NULL,
       'ending', CASE WHEN class LIKE '%504%' THEN 'timeout' WHEN class LIKE '%529%' THEN 'rate-limited' ELSE 'server-error' END AS ended,
       NULL, NULL, NULL, NULL, NULL, 1, count(*), 0
FROM line WHERE message = 'response failed'
GROUP BY ended, id >> 13
UNION ALL
SELECT 5, NULL, timestamp, 'revoke', 'server-error', NULL, NULL, NULL, NULL, NULL, 0, 1, 0
FROM line WHERE message LIKE 'Native %tream error:%'
UNION ALL
SELECT 6, NULL, timestamp, 'revoke', 'server-error', NULL, NULL, NULL, NULL, NULL, 1, 1, 0
FROM (
  SELECT timestamp, timestamp - lag(timestamp, 1, 0) OVER (ORDER BY timestamp) AS gap
  FROM line WHERE message LIKE '%tream error:%' AND message NOT LIKE 'Native %'
)
WHERE gap > 50
