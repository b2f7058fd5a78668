-- title: spans of requests to LiteLLM
-- Every deployment that was tried has a span of its own from the start of the request on; the last to end is how it
-- ended. What the proxy itself refuses is written twice, and without a span around it where the key was refused.
WITH request AS (
  SELECT s.span_id, s.start_time, max(s.end_time) AS ended, count(DISTINCT s.end_time) - 1 AS fallbacks, s.status_code,
         s.status_message, s.llm_token_count_prompt AS sent, s.llm_token_count_completion AS received,
         CASE WHEN json_valid(s.attributes) THEN s.attributes END AS more
  FROM spans AS s WHERE in_window(s.start_time)
    AND (s.name = 'litellm_proxy_request' OR s.name = 'litellm_request' AND s.parent_id IS NULL)
  GROUP BY s.start_time, CASE WHEN json_valid(s.attributes) THEN json_extract(s.attributes, '$.litellm.trace_id') END
), read AS (
  SELECT *, status_code = 'OK' AS ok, coalesce(json_extract(more, '$.error.type'), '') AS class,
         CAST(json_extract(more, '$.error.code') AS INTEGER) AS code,
         coalesce(json_extract(more, '$.error.llm_provider'), '') <> '' AS upstream,
         json_extract(more, '$.metadata.user_api_key_hash') AS hash
  FROM request)
SELECT ms(start_time) AS time_ms,
       CASE WHEN ok THEN 'success' WHEN status_code <> 'ERROR' THEN 'unknown'
            WHEN class LIKE '%CancelledError' OR class = 'ClientDisconnected' OR code = 499 THEN 'canceled'
            WHEN class LIKE 'RouterRateLimitError%' THEN 'rate-limited'
            WHEN class = 'BudgetExceededError' THEN 'limited'
            WHEN code = 429 AND class IN ('HTTPException', 'ProxyRateLimitError') THEN 'limited'
            WHEN class LIKE '%Timeout%' OR code IN (408, 504) THEN 'timeout'
            WHEN class LIKE '%RateLimitError' OR code IN (429, 529) THEN 'rate-limited'
            WHEN class LIKE '%APIConnectionError' OR code >= 500 THEN 'server-error'
            WHEN code IN (400, 413, 415, 422) OR code IN (401, 403, 404) AND NOT upstream THEN 'client-error'
            WHEN code IN (401, 402, 403, 404) THEN 'upstream-refused' ELSE 'error' END AS outcome,
       coalesce(code, status_code) AS status, json_extract(more, '$.llm.provider') AS provider,
       json_extract(more, '$.llm.model_name') AS model,
       coalesce(json_extract(more, '$.metadata.user_api_key_alias'),
         iif(hash GLOB '*[^0-9a-f]*' AND hash <> 'litellm_proxy_master_key', NULL, hash)) AS api_key,
       json_extract(more, '$.metadata.user_api_key_request_route') AS endpoint,
       json_extract(more, '$.llm.is_streaming') = 'True' AS stream, span_id AS request_id,
       (julianday(ended) - julianday(start_time)) * 86400.0 AS seconds, iif(ok, sent, NULL) AS input_tokens,
       iif(ok, received, NULL) AS output_tokens, fallbacks,
       json_extract(more, '$.llm.token_count.prompt_details.cache_read') AS cached_read_tokens,
       json_extract(more, '$.llm.token_count.prompt_details.cache_write') AS cached_write_tokens,
       json_extract(more, '$.llm.token_count.completion_details.reasoning') AS reasoning_tokens,
       iif(ok, coalesce(json_extract(more, '$.llm.cost.total'), json_extract(more, '$.llm.response.cost')), NULL) AS cost_usd,
       coalesce(json_extract(more, '$.error.message'), nullif(status_message, '')) AS error
FROM read
