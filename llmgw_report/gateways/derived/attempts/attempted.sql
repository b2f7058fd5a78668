-- title: Calls to each instance in the window and how they ended
-- limit: 200000
-- weight: 7
-- With moments, and in slices of time, as requests are.
WITH ended AS (
  SELECT sum(outcome = 'success') >= 10000 AS good, sum(outcome <> 'success') >= 10000 AS bad
  FROM llmgw_attempts WHERE instance IS NOT NULL
), fine AS MATERIALIZED (
  SELECT outcome, provider, instance, CASE outcome WHEN 'success' THEN good ELSE bad END AS sliced,
         CASE WHEN CASE outcome WHEN 'success' THEN good ELSE bad END
           THEN CAST(150 * log10(1 + (:until_ms - time_ms) / 1000.0) AS INTEGER) ELSE time_ms END AS slice,
         max(time_ms) AS time_ms, count(*) AS requests
  FROM llmgw_attempts, ended WHERE instance IS NOT NULL AND outcome IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5
), counted AS (
  SELECT outcome, provider, instance, max(time_ms) AS time_ms, sum(requests) AS requests
  FROM fine
  GROUP BY 1, 2, 3, CASE WHEN sliced AND (SELECT count(*) > 100000 FROM fine) THEN slice * 40 / 150 ELSE slice END
)
SELECT 1 AS part, json_group_array(json_array(time_ms, 0, NULL, requests)) AS moments, NULL AS time_ms,
       outcome, provider, instance, sum(requests) AS requests
FROM counted GROUP BY outcome, provider, instance
