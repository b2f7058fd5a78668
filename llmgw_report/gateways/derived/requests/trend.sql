-- limit: 10000
-- weight: 8
-- The rows are counted by bucket and by the ten parts of each power of ten that their durations are in, and these are
-- added up: one number for both and no further function per row, since this reads the longest window of all. With a
-- LIMIT inside, a duration is checked once and not for every place that names it. Part -30 ends at 1 ms.
WITH counted AS (
  SELECT (time_ms - :trend_since_ms - 1) / :bucket_ms * 1000 + 100
           + CASE WHEN outcome = 'success' AND seconds > 0.001 THEN 1000 - CAST(1000 - 10 * log10(seconds) AS INTEGER)
                  WHEN outcome = 'success' AND seconds >= 0 THEN -30 ELSE 500 END AS packed,
         count(*) AS requests, sum(time_ms % :bucket_ms) AS times_ms,
         CASE WHEN NOT :successes_only THEN sum(outcome IN ('rate-limited', 'upstream-refused', 'timeout', 'server-error', 'error', 'unknown')) END AS errors,
         count(seconds) AS timed, sum(seconds) AS seconds
  FROM (SELECT time_ms, outcome, seconds FROM ({relation:trend_since_ms}) WHERE kind = 'request' LIMIT -1)
  GROUP BY 1
)
SELECT packed / 1000 AS bucket, sum(requests) AS requests, sum(errors) AS errors,
       sum(timed) AS timed, sum(seconds) / sum(timed) AS mean_seconds,
       sum(times_ms) AS times_ms,
       json_group_object(packed % 1000 - 100, requests) FILTER (WHERE packed % 1000 < 500) AS buckets
FROM counted GROUP BY 1
