-- title: Rows of the window
SELECT CASE WHEN NOT :successes_only THEN count(*) END AS log_rows, count(seconds) AS timed_requests
FROM llmgw_requests WHERE kind = 'request'
