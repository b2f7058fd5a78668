-- title: rows of types 2 and 5 in table logs, the last of each request
-- Type 2 is a charged request (or, with a task_id, the later correction of a task), type 5 a failed call. It ended its request unless a row
-- of the same token and model goes on with its list of channels: matched like brackets, as only later versions tell which rows are one request.
WITH event AS (
  SELECT *, iif(json_type(facts, '$.admin_info.use_channel') = 'array', json_extract(facts, '$.admin_info.use_channel'), NULL) AS tried, json_extract(facts, '$.status_code') AS code
  FROM (SELECT id, created_at, type, content, model_name, token_id, token_name, channel_id, quota, prompt_tokens, completion_tokens, use_time,
               is_stream, coalesce(request_id, '') AS request_id, iif(json_valid(other), other, '{}') AS facts
        FROM logs WHERE type IN (2, 5) AND created_at * 1000 > :since_ms AND created_at * 1000 <= :until_ms
          AND created_at BETWEEN :since_ms / 1000 AND :until_ms / 1000)
), bracket AS (  -- 400 and time-outs are never tried again by default
  SELECT id, request_id, token_id, model_name, tried, 1 AS step FROM event WHERE type = 5 AND coalesce(code, 0) NOT IN (400, 408, 504, 524)
  UNION ALL SELECT id, request_id, token_id, model_name, json_remove(tried, '$[#-1]'), -1 FROM event WHERE json_array_length(tried) > 1
), leveled AS (SELECT *, sum(step) OVER (PARTITION BY request_id, token_id, model_name, tried ORDER BY id) AS level FROM bracket
), retried AS (
  SELECT id, step, level > min(level) OVER (PARTITION BY request_id, token_id, model_name, tried ORDER BY id
                                            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS closed FROM leveled
)
SELECT e.created_at * 1000 AS time_ms, e.code AS status, coalesce(c.name, 'channel ' || e.channel_id) AS provider,
       coalesce(c.name, 'channel ' || e.channel_id) AS instance, e.model_name AS model, nullif(e.token_name, '') AS api_key,
       json_extract(e.facts, '$.request_path') AS endpoint, coalesce(nullif(e.request_id, ''), e.id) AS request_id, json_array_length(e.tried) AS attempts,
       iif(e.type = 2, e.is_stream, NULL) AS stream, e.type = 2 AND e.is_stream AS streamed, iif(e.type = 2, e.use_time, NULL) AS seconds, iif(e.type = 5, e.content, NULL) AS error,
       iif(e.type = 2 AND e.is_stream AND json_extract(e.facts, '$.frt') > 0, ms_to_s(json_extract(e.facts, '$.frt')), NULL)
         AS time_to_first_token_seconds,
       iif(e.type = 2, e.prompt_tokens, NULL) AS input_tokens, iif(e.type = 2, e.completion_tokens, NULL) AS output_tokens,
       json_extract(e.facts, '$.cache_tokens') AS cached_read_tokens, json_extract(e.facts, '$.cache_creation_tokens') AS cached_write_tokens,
       iif(e.type = 2, e.quota / 500000.0, NULL) AS cost_usd,
       CASE WHEN e.type = 2 THEN CASE json_extract(e.facts, '$.stream_status.end_reason')  -- newer versions tell how a stream ended
              WHEN 'client_gone' THEN 'canceled' WHEN 'ping_fail' THEN 'canceled' WHEN 'timeout' THEN 'timeout'
              WHEN 'scanner_error' THEN 'server-error' WHEN 'panic' THEN 'server-error' ELSE 'success' END
            WHEN e.code IN (408, 504, 524) OR e.content LIKE '%deadline exceeded%' THEN 'timeout' WHEN e.code IN (429, 529) THEN 'rate-limited'
            WHEN e.code >= 500 THEN 'server-error' WHEN e.code IN (401, 402, 403, 404) THEN 'upstream-refused'
            WHEN e.code IN (400, 413, 415, 422) THEN 'client-error' ELSE 'error' END AS outcome
FROM event AS e LEFT JOIN channels AS c ON c.id = e.channel_id
WHERE json_extract(e.facts, '$.task_id') IS NULL AND e.id NOT IN (SELECT id FROM retried WHERE step = 1 AND closed)
