-- deadline: 60
-- weight: 8
SELECT (time_ms - :trend_since_ms - 1) / :bucket_ms AS bucket, count(*) AS requests,
       count(*) FILTER (WHERE outcome NOT IN ('success', 'client-error', 'limited', 'canceled')) AS errors
       /*if seconds*/, count(seconds) AS timed, avg(seconds)::float8 AS mean_seconds/*end*/
FROM {relation:trend_since_ms}
GROUP BY 1
