-- deadline: 60
-- weight: 8
WITH counted AS (
  SELECT (time_ms - :trend_since_ms - 1) / :bucket_ms AS bucket, count(*) AS requests,
         count(*) FILTER (WHERE outcome NOT IN ('success', 'client-error', 'limited', 'canceled')) AS errors
         /*if seconds*/, count(seconds) AS timed, sum(seconds) AS seconds,
         -- Ten parts of each power of ten: part 10 holds what took more than 7.9 s and up to 10 s.
         CASE WHEN outcome = 'success' AND seconds >= 0 AND seconds < 31622400
              THEN ceil(10 * log(greatest(seconds::float8, 0.001)))::integer END AS part/*end*/
  FROM {relation:trend_since_ms}
  GROUP BY 1 /*if seconds*/, part/*end*/
)
SELECT bucket, sum(requests)::bigint AS requests, sum(errors)::bigint AS errors
       /*if seconds*/, sum(timed)::bigint AS timed, (sum(seconds) / nullif(sum(timed), 0))::float8 AS mean_seconds,
       coalesce(json_object_agg(part, requests) FILTER (WHERE part IS NOT NULL), '{}')::text AS buckets/*end*/
FROM counted GROUP BY 1
