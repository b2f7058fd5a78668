-- weight: 8
SELECT (time_ms - :trend_since_ms - 1) / :bucket_ms AS bucket, count(*) AS requests,
       CASE WHEN NOT :successes_only THEN sum(outcome IN ('rate-limited', 'upstream-refused', 'timeout', 'server-error', 'error', 'unknown')) END AS errors,
       count(seconds) AS timed, avg(seconds) AS mean_seconds
FROM ({relation:trend_since_ms}) WHERE kind = 'request'
GROUP BY bucket
