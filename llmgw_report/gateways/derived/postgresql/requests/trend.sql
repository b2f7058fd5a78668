-- deadline: 60
-- limit: 10000
-- weight: 8
-- With OFFSET 0 a duration is computed once and not for every place that names it. Of the ten parts of each power of
-- ten that durations are in, part 10 holds what took more than 7.9 s and up to 10 s.
WITH once AS (
  SELECT (time_ms - :trend_since_ms - 1) / :bucket_ms AS bucket, outcome /*if seconds*/, seconds::float8 AS seconds/*end*/
  FROM {relation:trend_since_ms} OFFSET 0
), counted AS (
  SELECT bucket, count(*) AS requests,
         count(*) FILTER (WHERE outcome NOT IN ('success', 'client-error', 'limited', 'canceled')) AS errors
         /*if seconds*/, count(seconds) AS timed, sum(seconds) AS seconds,
         CASE WHEN outcome = 'success' AND seconds >= 0 AND seconds < 31622400
              THEN ceil(10 * log(greatest(seconds, 0.001)))::integer END AS part/*end*/
  FROM once
  GROUP BY 1 /*if seconds*/, part/*end*/
)
SELECT bucket, sum(requests)::bigint AS requests, sum(errors)::bigint AS errors
       /*if seconds*/, sum(timed)::bigint AS timed, sum(seconds) / nullif(sum(timed), 0)::float8 AS mean_seconds,
       coalesce(json_object_agg(part, requests) FILTER (WHERE part IS NOT NULL), '{}')::text AS buckets/*end*/
FROM counted GROUP BY 1
