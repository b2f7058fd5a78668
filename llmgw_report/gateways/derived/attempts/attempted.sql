-- title: Calls to each instance in the window and how they ended
-- limit: 200000
-- weight: 7
-- In slices of time, as requests are.
WITH cell AS (
  SELECT outcome = 'success' AS good, count(*) AS requests
  FROM llmgw_attempts WHERE instance IS NOT NULL AND outcome IS NOT NULL
  GROUP BY outcome, provider, instance
), slice AS (
  SELECT good, CASE WHEN sum(requests) < 10000 THEN 1 ELSE 1 + (:until_ms - :since_ms) * count(*) / 20000 END AS ms
  FROM cell GROUP BY good
)
SELECT max(time_ms) AS time_ms, outcome, provider, instance, count(*) AS requests
FROM llmgw_attempts AS attempt, slice
WHERE instance IS NOT NULL AND outcome IS NOT NULL AND slice.good = (outcome = 'success')
GROUP BY outcome, provider, instance, (time_ms - :since_ms) / slice.ms
