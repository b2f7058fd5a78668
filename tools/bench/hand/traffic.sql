-- title: rows of table requests in the window (successes only)
-- weight: 7
-- A value that cannot be right is left out, and its row counts as a request all the same; so does one without tokens,
-- whose duration ends at its head.
WITH said AS (
  SELECT CASE :group_by WHEN 'provider' THEN provider WHEN 'model' THEN model
                        WHEN 'api-key' THEN api_key_name ELSE 'all' END AS grp,
         CASE WHEN typeof(input_tokens) = 'integer' AND input_tokens BETWEEN 0 AND 1000000000 THEN input_tokens END AS input,
         CASE WHEN typeof(output_tokens) = 'integer' AND output_tokens BETWEEN 0 AND 1000000000 THEN output_tokens END AS output,
         CASE WHEN duration_ms < '' AND duration_ms >= 0 AND duration_ms < 31622400000 AND input_tokens + output_tokens > 0
              THEN duration_ms / 1000.0 END AS seconds,
         (input_tokens IS NOT NULL) + (output_tokens IS NOT NULL) + (duration_ms IS NOT NULL AND input_tokens + output_tokens > 0) AS filled
  FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
), event AS (
  SELECT grp, input, output, seconds,
         filled - (input IS NOT NULL) - (output IS NOT NULL) - (seconds IS NOT NULL) AS bad
  FROM said
), part AS (
  SELECT 0 AS total, * FROM event
  UNION ALL
  SELECT 1, NULL, input, output, seconds, bad FROM event
), summed AS (
  SELECT total, grp, count(*) AS requests, sum(input) AS input_tokens, sum(output) AS output_tokens,
         count(seconds) AS n, avg(seconds) AS mean_seconds, sum(bad) AS implausible
  FROM part GROUP BY total, grp
), ranks AS (
  -- low and high: ranks between which the true p99 lies in 95 of 100 samples, 1.96 binomial deviations around it.
  SELECT *, (50 * n + 99) / 100 AS p50, (90 * n + 99) / 100 AS p90, (99 * n + 99) / 100 AS p99,
         max(1, CAST(0.99 * n - 0.19502 * sqrt(n) AS INTEGER)) AS low,
         min(n, CAST(0.99 * n + 0.19502 * sqrt(n) AS INTEGER) + 2) AS high
  FROM summed
), ranked AS (
  -- Only rows with a duration, and no count(*) OVER: a window over all rows costs more than the rest.
  SELECT total, grp, seconds, row_number() OVER (PARTITION BY total, grp ORDER BY seconds) AS place
  FROM part WHERE seconds IS NOT NULL
), bucket AS (
  -- Ten buckets for each power of ten: bucket 10 holds what took more than 7.9 s and up to 10 s.
  SELECT grp, CAST(ceil(10 * log10(max(seconds, 0.001))) AS INTEGER) AS place, count(*) AS n
  FROM event WHERE seconds IS NOT NULL GROUP BY 1, 2
), sketch AS (
  SELECT 0 AS total, grp, json_group_object(place, n) AS buckets FROM bucket GROUP BY grp
  UNION ALL
  SELECT 1, NULL, json_group_object(place, n) FROM (SELECT place, sum(n) AS n FROM bucket GROUP BY place)
)
SELECT ranks.total AS total, ranks.grp AS grp, requests,
       input_tokens, output_tokens, n AS observed, mean_seconds,
       max(seconds) FILTER (WHERE place = p50) AS p50_seconds,
       max(seconds) FILTER (WHERE place = p90) AS p90_seconds,
       max(seconds) FILTER (WHERE place = p99) AS p99_seconds,
       max(seconds) FILTER (WHERE place = low) AS p99_low_seconds,
       max(seconds) FILTER (WHERE place = high) AS p99_high_seconds, buckets, implausible
FROM ranks LEFT JOIN ranked
  ON ranked.total = ranks.total AND ranked.grp IS ranks.grp AND place IN (p50, p90, p99, low, high)
LEFT JOIN sketch ON sketch.total = ranks.total AND sketch.grp IS ranks.grp
GROUP BY ranks.total, ranks.grp
