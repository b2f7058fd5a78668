-- title: Saved metrics
-- limit: 100000
SELECT snapshot.timestamp AS time_ms, counter.key AS family, counter.value AS value
FROM metrics_snapshots AS snapshot LEFT JOIN json_each(snapshot.metrics, '$.counters') AS counter
WHERE snapshot.timestamp > :trend_since_ms AND snapshot.timestamp <= :until_ms
ORDER BY snapshot.timestamp
