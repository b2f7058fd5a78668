-- title: Errors of the window
-- limit: 20000
-- weight: 3
-- The status is kept where the text does not have it: it tells one fault from another.
WITH failed AS (
  SELECT outcome, CASE WHEN outcome IN ('client-error', 'limited', 'canceled') THEN 'WARN' ELSE 'ERROR' END AS level,
         CASE WHEN error IS NULL THEN outcome || coalesce(' (status ' || status || ')', '')
              WHEN status IS NULL OR instr(error, status) THEN substr(error, 1, 4000)
              ELSE 'status ' || status || ': ' || substr(error, 1, 4000) END AS message,
         provider, instance, time_ms
  FROM llmgw_requests WHERE outcome <> 'success'
)
SELECT level, message, outcome, count(*) AS count,
       json_group_array(DISTINCT provider) AS providers, json_group_array(DISTINCT instance) AS instances,
       min(time_ms) AS first_ms, max(time_ms) AS last_ms,
       CASE WHEN count(*) < 20000 THEN json_group_array((time_ms - :since_ms - 1) / :bucket_ms) END AS buckets
FROM failed GROUP BY level, message, outcome
