-- title: Calls to each instance in the window and how they ended
-- limit: 2000000
-- weight: 7
-- Calls that are alike but for their times are one row with the times of all, as requests are.
SELECT 1 AS part, json_group_array(time_ms) AS moments, NULL AS time_ms, outcome, provider, instance, count(*) AS requests
FROM llmgw_attempts WHERE instance IS NOT NULL AND outcome IS NOT NULL
GROUP BY outcome, provider, instance, rowid / 60000
