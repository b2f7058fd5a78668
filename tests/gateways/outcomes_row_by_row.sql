-- The outcomes of llm-gateway with a row for each event; its own query puts those together that are alike.
SELECT timestamp AS time_ms, 'request' AS kind, 'success' AS outcome, NULL AS provider, NULL AS instance, model, api_key,
       NULL AS began_ms, 1 AS recorded, 1 AS requests,
       NOT coalesce(whole, 0) AS streamed
FROM handled WHERE ok
GROUP BY model, api_key, whole, id
UNION ALL
SELECT timestamp, 'request', NULL, NULL, NULL, model, api_key, NULL, (message LIKE 'Handling chat %' AND yes) OR coalesce(whole, 0), 1, NOT coalesce(whole, 0)
FROM handled, spanned WHERE NOT ok
UNION ALL
SELECT timestamp, 'ending', 'success', NULL, NULL, json_extract(who, '$.model'), json_extract(who, '$.api_key_name'),
       timestamp - CAST(json_extract(who, '$.duration_ms') AS INTEGER), 1, 1, 0
FROM line, spanned WHERE message LIKE 'Completed native %' OR (message LIKE 'Completed %' AND NOT yes)
UNION ALL
SELECT timestamp, 'ending', CASE WHEN class LIKE '%504%' THEN 'timeout' WHEN class LIKE '%529%' THEN 'rate-limited' ELSE 'server-error' END,
       NULL, NULL, NULL, NULL, CASE WHEN took LIKE '% ms' THEN timestamp - CAST(took AS INTEGER) END, 1, 1, 0
FROM line WHERE message = 'response failed'
UNION ALL
SELECT timestamp, 'revoke', 'server-error', NULL, NULL, NULL, NULL, NULL, 0, 1, 0
FROM line WHERE message LIKE 'Native %tream error:%'
UNION ALL
SELECT timestamp, 'revoke', 'server-error', NULL, NULL, NULL, NULL, NULL, 1, 1, 0
FROM (
  SELECT timestamp, timestamp - lag(timestamp, 1, 0) OVER (ORDER BY timestamp) AS gap
  FROM line WHERE message LIKE '%tream error:%' AND message NOT LIKE 'Native %'
)
WHERE gap > 50
