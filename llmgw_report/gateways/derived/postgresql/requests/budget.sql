-- deadline: 120
-- weight: 10
-- Counted by steps that every window is a multiple of, so that each row is looked at once.
WITH step AS (
  SELECT (:until_ms - time_ms) / :burn_step_ms AS age, count(*) FILTER (WHERE outcome IN ('success', 'error')
           OR outcome NOT IN ('client-error', 'limited', 'canceled', 'rate-limited', 'upstream-refused', 'timeout', 'server-error')) AS good,
         count(*) FILTER (WHERE outcome IN ('rate-limited', 'upstream-refused', 'timeout', 'server-error')) AS bad
  FROM {relation:burn_since_ms} GROUP BY 1
)
SELECT (SELECT min(value::bigint) FROM json_array_elements_text(:burn_windows::json) AS burn(value)
        WHERE age < value::bigint * 1000 / :burn_step_ms) AS window_seconds, sum(good)::bigint AS good, sum(bad)::bigint AS bad
FROM step GROUP BY 1
