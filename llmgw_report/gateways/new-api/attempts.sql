-- title: rows of types 2 and 5 in table logs, one per call to a channel
WITH event AS (
  SELECT *, json_extract(facts, '$.status_code') AS code
  FROM (SELECT created_at, type, content, model_name, channel_id, iif(json_valid(other), other, '{}') AS facts
        FROM logs WHERE type IN (2, 5) AND created_at * 1000 > :since_ms AND created_at * 1000 <= :until_ms
          AND created_at BETWEEN :since_ms / 1000 AND :until_ms / 1000)
)
SELECT e.created_at * 1000 AS time_ms, e.code AS status, coalesce(c.name, 'channel ' || e.channel_id) AS provider,
       coalesce(c.name, 'channel ' || e.channel_id) AS instance, e.model_name AS model,
       CASE WHEN e.type = 2 THEN 'success' WHEN e.code IN (408, 504, 524) OR e.content LIKE '%deadline exceeded%' THEN 'timeout'
            WHEN e.code IN (429, 529) THEN 'rate-limited' WHEN e.code >= 500 THEN 'server-error'
            WHEN e.code IN (401, 402, 403, 404) THEN 'upstream-refused' WHEN e.code IN (400, 413, 415, 422) THEN 'client-error'
            ELSE 'error' END AS outcome
FROM event AS e LEFT JOIN channels AS c ON c.id = e.channel_id WHERE json_extract(e.facts, '$.task_id') IS NULL
