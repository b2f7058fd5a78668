-- title: Log rows of level WARN and ERROR in the window
-- limit: 10000
-- `+timestamp` keeps the planner on the level index with a range of row ids; otherwise it reads every WARN row of the
-- table. "response failed" alone would hide the status of the response. A stream that cannot go on is polled again and
-- again, and one request writes thousands of equal rows: those within 50 ms are one, unless the stream is a native one.
-- `back` goes on before the window, from each row to the oldest equal one that is no further from it than two of the
-- window are from each other. That takes a seek for each step, and reads a range of row ids only where the run begins.
-- It is done for what is frequent, since to find a rare message would take as long as to read every row.
WITH RECURSIVE line AS (
  SELECT id, level, message, fields, timestamp FROM logs
  WHERE level IN ('ERROR', 'WARN') AND id >= :first_log AND +timestamp > :since_ms AND +timestamp <= :until_ms
    AND message NOT LIKE '%tream error:%'
  UNION ALL
  SELECT id, level, message, fields, timestamp
  FROM (
    SELECT *, timestamp - lag(timestamp, 1, 0) OVER (PARTITION BY level, message ORDER BY timestamp) AS gap FROM logs
    WHERE level IN ('ERROR', 'WARN') AND id >= :first_log AND +timestamp > :since_ms AND +timestamp <= :until_ms
      AND message LIKE '%tream error:%'
  )
  WHERE gap > 50 OR message LIKE 'Native %'
), named AS MATERIALIZED (
  SELECT id, level, message, timestamp,
         CASE WHEN length(fields) < 100000 AND json_valid(fields) THEN fields END AS fields FROM line
), spread AS MATERIALIZED (
  SELECT level, CASE WHEN message = 'response failed'
                     THEN message || coalesce(': ' || substr(json_extract(fields, '$.classification'), 1, 100), '')
                     ELSE substr(message, 1, 500) END AS message,
         json_extract(fields, '$.provider') AS provider, json_extract(fields, '$.instance') AS instance,
         CAST((timestamp - :since_ms - 1) / :bucket_ms AS INTEGER) AS bucket,
         count(*) AS n, min(timestamp) AS first_ms, max(timestamp) AS last_ms, min(id) AS first_id
  FROM named GROUP BY 1, 2, 3, 4, 5
), counted AS MATERIALIZED (
  SELECT level, message, sum(n) AS count,
         json_group_array(json_array(provider, n)) AS providers, json_group_array(json_array(instance, n)) AS instances,
         min(first_ms) AS first_ms, max(last_ms) AS last_ms, json_group_array(json_array(bucket, n)) AS buckets,
         min(first_id) AS first_id
  FROM spread GROUP BY 1, 2
), frequent AS (
  SELECT level, message, first_id, first_ms FROM counted WHERE count * 100 >= (SELECT sum(count) FROM counted)
  ORDER BY count DESC, level, message LIMIT :top
), apart AS (
  SELECT level, message, max(steps) * :bucket_ms AS gap_ms
  FROM (SELECT level, message, bucket - lag(bucket, 1, bucket - 1) OVER (PARTITION BY level, message ORDER BY bucket) AS steps
        FROM spread WHERE (level, message) IN (SELECT level, message FROM frequent))
  GROUP BY 1, 2
), edge AS (
  SELECT max(:trend_since_ms, :since_ms - 48 * :bucket_ms, min(timestamp)) AS ms FROM logs
), back(level, message, gap_ms, id, ms) AS (
  SELECT frequent.level, frequent.message, gap_ms, first_id, first_ms
  FROM frequent JOIN apart ON apart.level = frequent.level AND apart.message = frequent.message
  UNION ALL
  SELECT back.level, back.message, gap_ms, logs.id, logs.timestamp
  FROM back CROSS JOIN logs ON logs.id = (
    SELECT id FROM logs AS earlier
    WHERE level = back.level AND id < back.id
      AND id >= (SELECT id FROM logs WHERE timestamp > back.ms - gap_ms ORDER BY timestamp LIMIT 1)
      AND back.message = CASE WHEN message = 'response failed' THEN message || coalesce(': ' || substr(
        CASE WHEN length(fields) < 100000 AND json_valid(fields) THEN json_extract(fields, '$.classification') END, 1, 100), '')
        ELSE substr(message, 1, 500) END
    ORDER BY id LIMIT 1)
  WHERE back.ms - gap_ms > (SELECT ms FROM edge)
)
SELECT level, message, count, providers, instances, first_ms, last_ms, buckets,
       (SELECT min(ms) FROM back WHERE back.level = counted.level AND back.message = counted.message
        GROUP BY gap_ms HAVING min(ms) - gap_ms > (SELECT ms FROM edge)) AS began_ms
FROM counted
ORDER BY count DESC, first_ms
