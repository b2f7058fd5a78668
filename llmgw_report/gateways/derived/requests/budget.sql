-- deadline: 30
-- weight: 10
-- Counted by steps that every window is a multiple of, so that each row is looked at once, and added up by parts of the
-- time, of which two files may have the same requests. As for the error ratio, a failure that nobody attributed is a
-- request, and not one of the service's failures. A row of kind "revoke" takes back a success that was counted.
WITH step AS (
  SELECT (:until_ms - time_ms) / :burn_step_ms AS age, sum(outcome IN ('success', 'error', 'unknown')) AS good,
         sum(kind = 'revoke' AND recorded) AS undone,
         sum(outcome IN ('rate-limited', 'upstream-refused', 'timeout', 'server-error')) AS bad,
         sum(time_ms % :burn_part_ms) AS times_ms,
         count(seconds) AS timed, sum(seconds) AS seconds
  FROM ({relation:burn_since_ms}) GROUP BY age
)
SELECT (SELECT min(value) FROM json_each(:burn_windows) WHERE age < value * 1000 / :burn_step_ms) AS window_seconds,
       age * :burn_step_ms / :burn_part_ms AS part, sum(good) AS good, sum(undone) AS undone, sum(bad) AS bad,
       sum(times_ms) AS times_ms, sum(timed) AS timed, sum(seconds) / nullif(sum(timed), 0) AS mean_seconds
FROM step GROUP BY 1, 2
