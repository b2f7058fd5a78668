-- title: Requests of the window and how they ended
-- limit: 200000
-- weight: 9
-- Requests that are alike but for their times are one row, with the moments of all. From 10,000 successes on these are counted
-- in slices of time, at the time of the last of each, and so are failures: of a second at the end of the window, and of 1.5%
-- of the time between them and the end before that, or of 6% where there would be more than 100,000. A slice of a part of the
-- window would count successes from before an outage as if they had come after it.
WITH ended AS (
  SELECT sum(outcome = 'success') >= 10000 AS good, sum(outcome <> 'success') >= 10000 AS bad
  FROM llmgw_requests WHERE kind = 'request'
), fine AS MATERIALIZED (
  SELECT outcome, provider, instance, model, api_key, streamed, CASE outcome WHEN 'success' THEN good ELSE bad END AS sliced,
         CASE WHEN CASE outcome WHEN 'success' THEN good ELSE bad END
           THEN CAST(150 * log10(1 + (:until_ms - time_ms) / 1000.0) AS INTEGER) ELSE time_ms END AS slice,
         max(time_ms) AS time_ms, count(*) AS requests
  FROM llmgw_requests, ended WHERE kind = 'request' AND outcome IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), counted AS (
  SELECT outcome, provider, instance, model, api_key, streamed, max(time_ms) AS time_ms, sum(requests) AS requests
  FROM fine
  GROUP BY 1, 2, 3, 4, 5, 6, CASE WHEN sliced AND (SELECT count(*) > 100000 FROM fine) THEN slice * 40 / 150 ELSE slice END
)
SELECT 1 AS part, json_group_array(json_array(time_ms, 0, NULL, requests)) AS moments, NULL AS time_ms, 'request' AS kind,
       outcome, provider, instance, model, api_key, NULL AS began_ms, 1 AS recorded, sum(requests) AS requests, streamed
FROM counted GROUP BY outcome, provider, instance, model, api_key, streamed
UNION ALL
SELECT 2, json_group_array(json_array(time_ms, rowid, began_ms, 1)), NULL, kind,
       outcome, provider, instance, model, api_key, NULL, recorded, count(*), streamed
FROM llmgw_requests WHERE kind <> 'request' OR outcome IS NULL
GROUP BY kind, outcome, provider, instance, model, api_key, recorded, streamed, rowid / 10000
