-- title: log rows of the window
-- weight: 7
-- The row that starts a request counts it; tokens and duration are in the row that completes it, which only
-- non-streaming successes write. No row names the provider. All JSON values are strings, and one that is not a number
-- must not become 0. A row whose JSON is broken still counts as a request, and so does one with a value that cannot be
-- right, which is left out.
WITH said AS MATERIALIZED (
  -- Materialized, and of a subquery that LIMIT and WHERE keep whole: merged, each mention of a value would read its JSON.
  SELECT CASE :group_by
           WHEN 'model' THEN json_extract(fields, '$.model')
           WHEN 'api-key' THEN coalesce(json_extract(fields, '$.api_key_name'), json_extract(fields, '$.api_key')) END AS grp,
         started, filled AND fields IS NULL AS broken,
         CASE WHEN NOT started THEN json_extract(fields, '$.duration_ms') END AS duration,
         CASE WHEN NOT started THEN coalesce(json_extract(fields, '$.input_tokens'), json_extract(fields, '$.prompt_tokens')) END AS input,
         CASE WHEN NOT started THEN coalesce(json_extract(fields, '$.output_tokens'), json_extract(fields, '$.completion_tokens')) END AS output
  FROM (
    SELECT message LIKE 'Handling %' AS started, fields IS NOT NULL AS filled,
           CASE WHEN length(fields) < 100000 AND json_valid(fields) THEN fields END AS fields
    FROM logs NOT INDEXED
    WHERE id >= :first_log AND timestamp > :since_ms AND timestamp <= :until_ms
      AND message IN ('Handling chat completion request', 'Handling native Anthropic messages request',
                      'Completed chat completion request', 'Completed chat completion request via Anthropic',
                      'Completed chat completion request via Gemini', 'Completed native Anthropic messages request')
    LIMIT -1
  ) WHERE +started IS NOT NULL
), event AS (
  SELECT grp, started,
         CASE WHEN input GLOB '[0-9]*' AND input NOT GLOB '*[^0-9]*' AND CAST(input AS INTEGER) BETWEEN 0 AND 1000000000
              THEN CAST(input AS INTEGER) END AS input,
         CASE WHEN output GLOB '[0-9]*' AND output NOT GLOB '*[^0-9]*' AND CAST(output AS INTEGER) BETWEEN 0 AND 1000000000
              THEN CAST(output AS INTEGER) END AS output,
         CASE WHEN duration GLOB '[0-9]*' AND duration NOT GLOB '*[^0-9.]*' AND CAST(duration AS REAL) < 31622400000
              THEN CAST(duration AS REAL) / 1000 END AS seconds,
         (input IS NOT NULL) + (output IS NOT NULL) + (duration IS NOT NULL) + broken AS filled
  FROM said
), summed AS (
  -- The only group of a report that has no groups is the total: it is not summed and ranked again.
  SELECT 1 AS total, NULL AS grp, count(*) AS rows, sum(started) AS requests, sum(input) AS input_tokens,
         sum(output) AS output_tokens, count(seconds) AS n, avg(seconds) AS mean_seconds,
         sum(filled) - count(input) - count(output) - count(seconds) AS implausible
  FROM event
  UNION ALL
  SELECT 0, grp, count(*), sum(started), sum(input), sum(output), count(seconds), avg(seconds),
         sum(filled) - count(input) - count(output) - count(seconds)
  FROM event WHERE :group_by IN ('model', 'api-key') GROUP BY grp
), ranks AS (
  -- low and high: ranks between which the true p99 lies in 95 of 100 samples, 1.96 binomial deviations around it.
  SELECT *, (50 * n + 99) / 100 AS p50, (90 * n + 99) / 100 AS p90, (99 * n + 99) / 100 AS p99,
         max(1, CAST(0.99 * n - 0.19502 * sqrt(n) AS INTEGER)) AS low,
         min(n, CAST(0.99 * n + 0.19502 * sqrt(n) AS INTEGER) + 2) AS high
  FROM summed WHERE rows > 0
), ranked AS (
  -- Only rows with a duration, and no count(*) OVER: a window over all rows costs more than the rest.
  SELECT total, grp, seconds, row_number() OVER (PARTITION BY total, grp ORDER BY seconds) AS place
  FROM (
    SELECT 1 AS total, NULL AS grp, seconds FROM event
    UNION ALL
    SELECT 0, grp, seconds FROM event WHERE :group_by IN ('model', 'api-key')
  )
  WHERE seconds IS NOT NULL
), bucket AS (
  -- Ten buckets for each power of ten: bucket 10 holds what took more than 7.9 s and up to 10 s.
  SELECT total, grp, CAST(ceil(10 * log10(max(seconds, 0.001))) AS INTEGER) AS place, count(*) AS n
  FROM ranked GROUP BY 1, 2, 3
), sketch AS (
  SELECT total, grp, json_group_object(place, n) AS buckets FROM bucket GROUP BY total, grp
), result AS (
  SELECT ranks.total AS total, ranks.grp AS grp, requests,
         input_tokens, output_tokens, n AS observed, mean_seconds,
         max(seconds) FILTER (WHERE place = p50) AS p50_seconds,
         max(seconds) FILTER (WHERE place = p90) AS p90_seconds,
         max(seconds) FILTER (WHERE place = p99) AS p99_seconds,
         max(seconds) FILTER (WHERE place = low) AS p99_low_seconds,
         max(seconds) FILTER (WHERE place = high) AS p99_high_seconds, coalesce(buckets, '{}') AS buckets, implausible
  FROM ranks LEFT JOIN ranked
    ON ranked.total = ranks.total AND ranked.grp IS ranks.grp AND place IN (p50, p90, p99, low, high)
  LEFT JOIN sketch ON sketch.total = ranks.total AND sketch.grp IS ranks.grp
  GROUP BY ranks.total, ranks.grp
)
SELECT 0 AS total, CASE :group_by WHEN 'all' THEN 'all' END AS grp, requests, input_tokens, output_tokens, observed,
       mean_seconds, p50_seconds, p90_seconds, p99_seconds, p99_low_seconds, p99_high_seconds, buckets, implausible
FROM result WHERE :group_by NOT IN ('model', 'api-key')
UNION ALL
SELECT * FROM result
