-- deadline: 30
-- weight: 10
-- Counted by steps that every window is a multiple of, so that each row is looked at once. As for the error ratio, a
-- failure that nobody attributed is a request, and not one of the service's failures. A row of kind "revoke" takes back
-- a success that was counted.
WITH step AS (
  SELECT (:until_ms - time_ms) / :burn_step_ms AS age, sum(outcome IN ('success', 'error', 'unknown')) - sum(kind = 'revoke' AND recorded) AS good,
         sum(outcome IN ('rate-limited', 'upstream-refused', 'timeout', 'server-error')) AS bad
  FROM ({relation:burn_since_ms}) GROUP BY age
)
SELECT burn.value AS window_seconds, max(0, coalesce(sum(good), 0)) AS good, coalesce(sum(bad), 0) AS bad
FROM json_each(:burn_windows) AS burn JOIN step ON step.age < burn.value * 1000 / :burn_step_ms
GROUP BY burn.value
