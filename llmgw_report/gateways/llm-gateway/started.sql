-- title: Log rows since the counters last read zero
-- weight: 5
-- A snapshot without counters is one taken before the first request of a process: what the lifetime
-- totals count, they count since then. Further back than the trend window is not looked.
WITH zero(ms) AS (
  SELECT timestamp FROM metrics_snapshots
  WHERE timestamp > :trend_since_ms AND timestamp <= :until_ms AND json_extract(metrics, '$.counters') = '{}'
  ORDER BY timestamp DESC LIMIT 1
), first(id) AS (SELECT (SELECT min(+id) FROM logs WHERE timestamp > (SELECT ms FROM zero)))
SELECT (SELECT ms FROM zero) AS since_ms,
       (SELECT count(*) FROM logs NOT INDEXED
        WHERE id >= (SELECT id FROM first) AND timestamp > (SELECT ms FROM zero) AND timestamp <= :until_ms
          AND message IN ('Handling chat completion request', 'Handling native Anthropic messages request')) AS requests,
       (SELECT count(*) FROM logs
        WHERE level IN ('ERROR', 'WARN') AND id >= (SELECT id FROM first)
          AND +timestamp > (SELECT ms FROM zero) AND +timestamp <= :until_ms) AS problems
