-- title: spans litellm_proxy_request, one per request
-- The span of the request ends when it is logged; its child ends with the answer.
WITH request AS (
  SELECT s.span_id, s.start_time, s.status_code, s.status_message, s.llm_token_count_prompt, s.llm_token_count_completion,
         CASE WHEN json_valid(s.attributes) THEN s.attributes END AS more,
         coalesce((SELECT max(c.end_time) FROM spans AS c WHERE c.parent_id = s.span_id), s.end_time) AS ended
  FROM spans AS s WHERE in_window(s.start_time) AND s.name = 'litellm_proxy_request'
), failure AS (
  SELECT *, coalesce(json_extract(more, '$.error.type'), '') AS class,
         CAST(json_extract(more, '$.error.code') AS INTEGER) AS code,
         coalesce(json_extract(more, '$.error.llm_provider'), '') <> '' AS upstream,
         coalesce(json_extract(more, '$.error.message'), nullif(status_message, '')) AS error
  FROM request)
SELECT ms(start_time) AS time_ms,
       CASE WHEN status_code = 'OK' THEN 'success' WHEN status_code <> 'ERROR' THEN 'unknown'
            WHEN class LIKE '%CancelledError' OR class = 'ClientDisconnected' OR code = 499 THEN 'canceled'
            WHEN class LIKE 'RouterRateLimitError%' THEN 'rate-limited'
            WHEN class = 'BudgetExceededError' OR code = 429 AND class IN ('HTTPException', 'ProxyRateLimitError') THEN 'limited'
            WHEN class LIKE '%Timeout%' OR code IN (408, 504) THEN 'timeout'
            WHEN class LIKE '%RateLimitError' OR code IN (429, 529) THEN 'rate-limited'
            WHEN class LIKE '%APIConnectionError' OR code >= 500 THEN 'server-error'
            WHEN code IN (400, 413, 415, 422) OR code IN (401, 403, 404) AND NOT upstream THEN 'client-error'
            WHEN code IN (401, 402, 403, 404) THEN 'upstream-refused' ELSE 'error' END AS outcome,
       coalesce(code, status_code) AS status, json_extract(more, '$.llm.provider') AS provider,
       json_extract(more, '$.llm.model_name') AS model, json_extract(more, '$.metadata.user_api_key_alias') AS api_key,
       json_extract(more, '$.llm.request.type') AS endpoint, lower(json_extract(more, '$.llm.is_streaming')) = 'true' AS stream,
       span_id AS request_id, (julianday(ended) - julianday(start_time)) * 86400.0 AS seconds,
       llm_token_count_prompt AS input_tokens, llm_token_count_completion AS output_tokens,
       json_extract(more, '$.llm.token_count.prompt_details.cache_read') AS cached_read_tokens,
       json_extract(more, '$.llm.token_count.prompt_details.cache_write') AS cached_write_tokens,
       json_extract(more, '$.llm.token_count.completion_details.reasoning') AS reasoning_tokens,
       coalesce(json_extract(more, '$.llm.response.cost'), json_extract(more, '$.llm.cost.total')) AS cost_usd, error
FROM failure
