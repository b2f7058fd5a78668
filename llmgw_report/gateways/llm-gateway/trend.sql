-- title: log rows that start a request
-- weight: 9
-- Not from the snapshots: each keeps one arbitrary series of a family, so their counter jumps.
-- By row id, not by the descending time index, which reads the table backwards one row at a time.
SELECT (timestamp - :trend_since_ms - 1) / :bucket_ms AS bucket, count(*) AS requests
FROM logs NOT INDEXED
WHERE id >= :first_trend_log AND timestamp > :trend_since_ms AND timestamp <= :until_ms
  AND message IN ('Handling chat completion request', 'Handling native Anthropic messages request')
GROUP BY bucket
