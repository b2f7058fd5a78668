WITH done AS (
  SELECT CAST(json_extract(fields, '$.duration_ms') AS REAL) / 1000 AS seconds, json_extract(fields, '$.input_tokens') AS input,
         json_extract(fields, '$.output_tokens') AS output
  FROM logs WHERE message LIKE 'Completed %' AND timestamp > :since_ms AND timestamp <= :until_ms
), ranked AS (SELECT *, row_number() OVER (ORDER BY seconds) AS place, count(*) OVER () AS n FROM done)
SELECT (SELECT count(*) FROM logs
        WHERE message LIKE 'Handling %' AND timestamp > :since_ms AND timestamp <= :until_ms) AS requests,
       sum(input) AS input, sum(output) AS output, avg(seconds) AS mean,
       max(seconds) FILTER (WHERE place = (50 * n + 99) / 100) AS p50,
       max(seconds) FILTER (WHERE place = (90 * n + 99) / 100) AS p90,
       max(seconds) FILTER (WHERE place = (99 * n + 99) / 100) AS p99
FROM ranked;
