-- title: requests of the log
-- deadline: 30
-- weight: 10
-- Ended as in `outcomes`, counted by steps that every window is a multiple of. A chat request with a span of status ok
-- succeeded, before the oldest span one that "Completed"; of native messages there is no span. A stream that breaks
-- takes its success back, but for a native one, which left no trace of it. A log without a beginning of any request is
-- one of errors alone, beside which nobody knows of the successes.
WITH first AS MATERIALIZED (
  SELECT (SELECT min(+id) FROM logs WHERE timestamp > :burn_since_ms) AS log,
         (SELECT min(+rowid) FROM spans WHERE start_time > :burn_since_ms) AS span,
         coalesce((SELECT min(start_time) FROM spans), 9223372036854775807) AS spanned_ms
), failed AS (
  SELECT timestamp, message, timestamp - lag(timestamp, 1, 0) OVER (
           PARTITION BY message LIKE '%tream error:%' AND message NOT LIKE 'Native %' ORDER BY timestamp) AS gap
  FROM logs
  WHERE level = 'ERROR' AND id >= (SELECT log FROM first) AND +timestamp > :burn_since_ms AND +timestamp <= :until_ms
    AND (message = 'response failed' OR message LIKE '%tream error:%')
), event(ms, good, undone, bad) AS (
  SELECT start_time, 1, 0, 0 FROM spans NOT INDEXED
  WHERE rowid >= (SELECT span FROM first) AND start_time > :burn_since_ms AND start_time <= :until_ms
    AND parent_span_id IS NULL AND status = 'ok'
  UNION ALL
  SELECT timestamp, 1, 0, 0 FROM logs NOT INDEXED
  WHERE id >= (SELECT log FROM first) AND timestamp > :burn_since_ms AND timestamp <= :until_ms
    AND message LIKE 'Completed %' AND (message LIKE 'Completed native %' OR timestamp < (SELECT spanned_ms FROM first))
  UNION ALL
  SELECT timestamp, 0, 0, 1 FROM failed WHERE message = 'response failed' OR message LIKE 'Native %'
  UNION ALL
  SELECT timestamp, 0, 1, 1 FROM failed
  WHERE message LIKE '%tream error:%' AND message NOT LIKE 'Native %' AND gap > 50
), step AS (
  SELECT (:until_ms - ms) / :burn_step_ms AS age, sum(good) AS good, sum(undone) AS undone, sum(bad) AS bad,
         sum(ms % :burn_part_ms) AS times_ms
  FROM event
  WHERE EXISTS (SELECT 1 FROM logs NOT INDEXED
                WHERE id >= (SELECT log FROM first) AND timestamp > :burn_since_ms AND message LIKE 'Handling %')
  GROUP BY age
)
SELECT (SELECT min(value) FROM json_each(:burn_windows) WHERE age < value * 1000 / :burn_step_ms) AS window_seconds,
       age * :burn_step_ms / :burn_part_ms AS part, sum(good) AS good, sum(undone) AS undone, sum(bad) AS bad,
       sum(times_ms) AS times_ms
FROM step GROUP BY 1, 2
