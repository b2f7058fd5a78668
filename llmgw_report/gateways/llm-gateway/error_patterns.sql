-- title: Log rows of level WARN and ERROR in the window
-- limit: 10000
-- `+timestamp` keeps the planner on the level index with a range of row ids; otherwise it reads every WARN row of the
-- table. "response failed" alone would hide the status of the response. A stream that cannot go on is polled again and
-- again, and one request writes thousands of equal rows: those within 50 ms are one, unless the stream is a native one.
WITH line AS (
  SELECT level, message, fields, timestamp FROM logs
  WHERE level IN ('ERROR', 'WARN') AND id >= :first_log AND +timestamp > :since_ms AND +timestamp <= :until_ms
    AND message NOT LIKE '%tream error:%'
  UNION ALL
  SELECT level, message, fields, timestamp
  FROM (
    SELECT *, timestamp - lag(timestamp, 1, 0) OVER (PARTITION BY level, message ORDER BY timestamp) AS gap FROM logs
    WHERE level IN ('ERROR', 'WARN') AND id >= :first_log AND +timestamp > :since_ms AND +timestamp <= :until_ms
      AND message LIKE '%tream error:%'
  )
  WHERE gap > 50 OR message LIKE 'Native %'
)
SELECT level,
       CASE WHEN message = 'response failed' AND length(fields) < 100000 AND json_valid(fields)
            THEN message || coalesce(': ' || substr(json_extract(fields, '$.classification'), 1, 100), '')
            ELSE substr(message, 1, 500) END AS message,
       count(*) AS count,
       json_group_array(DISTINCT json_extract(CASE WHEN length(fields) < 100000 AND json_valid(fields) THEN fields END, '$.provider')) AS providers,
       json_group_array(DISTINCT json_extract(CASE WHEN length(fields) < 100000 AND json_valid(fields) THEN fields END, '$.instance')) AS instances,
       min(timestamp) AS first_ms, max(timestamp) AS last_ms,
       json_group_array((timestamp - :since_ms - 1) / :bucket_ms) AS buckets
FROM line
GROUP BY 1, 2 ORDER BY count DESC, first_ms
