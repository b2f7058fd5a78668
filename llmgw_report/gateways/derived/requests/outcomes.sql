-- title: Requests of the window and how they ended
-- limit: 200000
-- weight: 9
-- Successes, and failures, that are too many to be told apart by their millisecond are counted in slices of time: so
-- many slices that both together make some 40,000 rows, whatever the number of subjects.
WITH cell AS (
  SELECT outcome = 'success' AS good, count(*) AS requests
  FROM llmgw_requests WHERE kind = 'request' AND outcome IS NOT NULL
  GROUP BY outcome, provider, instance, model, api_key
), slice AS (
  SELECT good, CASE WHEN sum(requests) < 10000 THEN 1 ELSE 1 + (:until_ms - :since_ms) * count(*) / 20000 END AS ms
  FROM cell GROUP BY good
)
SELECT max(time_ms) AS time_ms, kind, outcome, provider, instance, model, api_key, NULL AS began_ms, 1 AS recorded,
       count(*) AS requests, max(streamed) AS streamed
FROM llmgw_requests AS request, slice
WHERE kind = 'request' AND outcome IS NOT NULL AND slice.good = (outcome = 'success')
GROUP BY outcome, provider, instance, model, api_key, streamed, (time_ms - :since_ms) / slice.ms
UNION ALL
SELECT time_ms, kind, outcome, provider, instance, model, api_key, began_ms, recorded, 1, streamed
FROM llmgw_requests WHERE kind <> 'request' OR outcome IS NULL
