SELECT timestamp / :bucket_ms AS bucket, count(*) AS requests
FROM logs WHERE message LIKE 'Handling %' AND timestamp > :trend_since_ms AND timestamp <= :until_ms
GROUP BY bucket ORDER BY bucket;
