-- title: rows of table requests
-- weight: 9
SELECT (timestamp - :trend_since_ms - 1) / :bucket_ms AS bucket, count(*) AS requests,
       count(seconds) AS timed, avg(seconds) AS mean_seconds
FROM (
  SELECT timestamp, CASE WHEN duration_ms < '' AND duration_ms >= 0 AND duration_ms < 31622400000 AND input_tokens + output_tokens > 0
                         THEN duration_ms / 1000.0 END AS seconds
  FROM requests WHERE timestamp > :trend_since_ms AND timestamp <= :until_ms
)
GROUP BY bucket
