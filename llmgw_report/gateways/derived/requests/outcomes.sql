-- title: Requests of the window and how they ended
-- limit: 2000000
-- weight: 9
-- Requests that are alike but for their times are one row with the times of all, of 60,000 rows at most, since no text may be
-- longer than 1 MiB. Of what is open, and of what ends it, a moment has its row as well, and when it began. Counted in slices of
-- time, successes before a failure and behind it would be in one, and a run of failures broken or hidden by them.
SELECT 1 AS part, json_group_array(time_ms) AS moments, NULL AS time_ms, 'request' AS kind, outcome, provider, instance, model,
       api_key, NULL AS began_ms, 1 AS recorded, count(*) AS requests, streamed
FROM llmgw_requests WHERE kind = 'request' AND outcome IS NOT NULL
GROUP BY outcome, provider, instance, model, api_key, streamed, rowid / 60000
UNION ALL
SELECT 2, json_group_array(json_array(time_ms, rowid, began_ms)), NULL, kind, outcome, provider, instance, model,
       api_key, NULL, recorded, count(*), streamed
FROM llmgw_requests WHERE kind <> 'request' OR outcome IS NULL
GROUP BY kind, outcome, provider, instance, model, api_key, recorded, streamed, rowid / 10000
