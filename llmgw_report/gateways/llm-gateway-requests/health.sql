-- title: Circuits of instances, by the log
-- limit: 10000
-- An instance whose circuit is open gets no request; about a minute later a check lets requests through again, and two
-- answers close the circuit. A process begins with all of them closed and keeps none of it in the database.
WITH line AS (
  SELECT instance, message, row_number() OVER (PARTITION BY instance ORDER BY time_ms DESC) AS place
  FROM log_lines
  WHERE message LIKE '%circuit %' AND instance IS NOT NULL AND time_ms <= :until_ms
    AND time_ms > coalesce((SELECT max(time_ms) FROM log_lines
                            WHERE message LIKE 'Starting LLM Gateway on %' AND time_ms <= :until_ms), 0)
)
SELECT (SELECT provider FROM llmgw_requests WHERE llmgw_requests.instance = line.instance LIMIT 1) AS provider, instance,
       CASE WHEN message LIKE '%opened%' THEN 'down' WHEN message LIKE '%closed%' THEN 'ok' ELSE 'unknown' END AS health,
       '60s' AS recovery
FROM line WHERE place = 1
ORDER BY health <> 'down', health = 'ok'
