-- title: rows of table requests in the window (successes only)
-- weight: 7
WITH event AS (
  SELECT CASE :group_by WHEN 'provider' THEN provider WHEN 'model' THEN model
                        WHEN 'api-key' THEN api_key_name ELSE 'all' END AS grp,
         input_tokens AS input, output_tokens AS output, duration_ms / 1000.0 AS seconds
  FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
), part AS (
  SELECT 0 AS total, * FROM event
  UNION ALL
  SELECT 1, NULL, input, output, seconds FROM event
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY total, grp ORDER BY seconds) AS place,
         count(*) OVER (PARTITION BY total, grp) AS n
  FROM part
)
SELECT total, grp, count(*) AS requests, NULL AS client_errors, NULL AS server_errors,
       sum(input) AS input_tokens, sum(output) AS output_tokens,
       count(seconds) AS observed, avg(seconds) AS mean_seconds,
       max(seconds) FILTER (WHERE place = (50 * n + 99) / 100) AS p50_seconds,
       max(seconds) FILTER (WHERE place = (90 * n + 99) / 100) AS p90_seconds,
       max(seconds) FILTER (WHERE place = (99 * n + 99) / 100) AS p99_seconds,
       -- Ranks between which the true percentile lies in 95 of 100 samples: 1.96 binomial spreads around it.
       max(seconds) FILTER (WHERE place = max(1, CAST(0.99 * n - 0.19502 * sqrt(n) AS INTEGER))) AS p99_low_seconds,
       max(seconds) FILTER (WHERE place = min(n, CAST(0.99 * n + 0.19502 * sqrt(n) AS INTEGER) + 2)) AS p99_high_seconds
FROM ranked GROUP BY total, grp
