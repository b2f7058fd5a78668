-- title: Errors of the window
-- limit: 20000
-- weight: 3
-- The status is kept where the text does not have it: it tells one fault from another. Of more texts than can be shown,
-- as each names its own request, one stands for those that begin alike, or for those of one status.
WITH failed AS MATERIALIZED (
  SELECT outcome, CASE WHEN outcome IN ('client-error', 'limited', 'canceled') THEN 'WARN' ELSE 'ERROR' END AS level,
         CASE WHEN error IS NULL THEN outcome || coalesce(' (status ' || status || ')', '')
              WHEN status IS NULL OR instr(error, status) THEN error ELSE 'status ' || status || ': ' || error END AS message,
         coalesce(status, '') AS kind, provider, instance, time_ms
  FROM llmgw_requests WHERE outcome <> 'success'
), many AS (
  SELECT count(DISTINCT message) > 8000 AS texts, count(DISTINCT substr(message, 1, 50)) > 8000 AS beginnings FROM failed
), spread AS MATERIALIZED (
  SELECT level, outcome, CASE WHEN beginnings THEN kind WHEN texts THEN substr(message, 1, 50) ELSE message END AS alike,
         provider, instance, CAST((time_ms - :since_ms - 1) / :bucket_ms AS INTEGER) AS bucket,
         min(message) AS message, count(*) AS n, min(time_ms) AS first_ms, max(time_ms) AS last_ms
  FROM failed, many GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT level, min(message) AS message, outcome, sum(n) AS count,
       json_group_array(json_array(provider, n)) AS providers, json_group_array(json_array(instance, n)) AS instances,
       min(first_ms) AS first_ms, max(last_ms) AS last_ms, json_group_array(json_array(bucket, n)) AS buckets
FROM spread
GROUP BY level, outcome, alike
