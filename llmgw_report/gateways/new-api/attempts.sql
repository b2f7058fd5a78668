-- title: rows of types 2 and 5 in table logs, one per call to a channel
SELECT l.created_at * 1000 AS time_ms, coalesce(c.name, 'channel ' || l.channel_id) AS provider, coalesce(c.name, 'channel ' || l.channel_id) AS instance,
       l.model_name AS model, iif(json_valid(l.other), json_extract(l.other, '$.status_code'), NULL) AS status,
       CASE WHEN l.type = 2 THEN 'success' WHEN NOT json_valid(l.other) THEN 'error'
            WHEN json_extract(l.other, '$.status_code') IN (408, 504) OR l.content LIKE '%deadline exceeded%' THEN 'timeout'
            WHEN json_extract(l.other, '$.status_code') IN (429, 529) THEN 'rate-limited'
            WHEN json_extract(l.other, '$.status_code') >= 500 THEN 'server-error'
            WHEN json_extract(l.other, '$.status_code') IN (401, 402, 403, 404) THEN 'upstream-refused'
            WHEN json_extract(l.other, '$.status_code') IN (400, 413, 415, 422) THEN 'client-error' ELSE 'error' END AS outcome
FROM logs AS l LEFT JOIN channels AS c ON c.id = l.channel_id
WHERE l.type IN (2, 5) AND l.created_at * 1000 > :since_ms AND l.created_at * 1000 <= :until_ms
  AND l.created_at BETWEEN :since_ms / 1000 AND :until_ms / 1000 AND (NOT json_valid(l.other) OR json_extract(l.other, '$.task_id') IS NULL)
