-- title: Requests of the window and how they ended
-- limit: 200000
-- weight: 9
-- Successes, and failures, that are too many to be told apart by their millisecond are counted in slices of time: 500 of
-- them, or fewer where the subjects are so many that there would be more than some 20,000 rows.
WITH ended AS (
  SELECT CASE WHEN sum(outcome = 'success') < 10000 THEN 0 ELSE 500 END AS good,
         CASE WHEN sum(outcome <> 'success') < 10000 THEN 0 ELSE 500 END AS bad
  FROM llmgw_requests WHERE kind = 'request'
), part AS MATERIALIZED (
  SELECT outcome, provider, instance, model, api_key, streamed,
         CASE CASE outcome WHEN 'success' THEN good ELSE bad END WHEN 0 THEN time_ms - :since_ms
           ELSE (time_ms - :since_ms) * 500 / (:until_ms - :since_ms) END AS slice,
         max(time_ms) AS time_ms, count(*) AS requests
  FROM llmgw_requests, ended WHERE kind = 'request' AND outcome IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5, 6, 7
), coarse AS (
  SELECT CASE WHEN count(*) > 20000 THEN max(1, 20000 / (
           SELECT count(*) FROM (SELECT DISTINCT outcome, provider, instance, model, api_key, streamed FROM part)
         )) END AS slices
  FROM part
)
SELECT max(time_ms) AS time_ms, 'request' AS kind, outcome, provider, instance, model, api_key, NULL AS began_ms,
       1 AS recorded, sum(requests) AS requests, streamed
FROM part, coarse
GROUP BY outcome, provider, instance, model, api_key, streamed,
         coalesce((part.time_ms - :since_ms) * slices / (:until_ms - :since_ms + 1), slice)
UNION ALL
SELECT time_ms, kind, outcome, provider, instance, model, api_key, began_ms, recorded, 1, streamed
FROM llmgw_requests WHERE kind <> 'request' OR outcome IS NULL
