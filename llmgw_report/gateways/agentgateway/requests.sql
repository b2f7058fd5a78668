-- title: rows of request_logs, one per request
-- `reason` stands in the attributes of what the gateway itself refused or could not send; a row without it is an
-- answer of the provider, or, without a provider, of the model router.
WITH request AS (
  SELECT id, completed_at, duration_ms, http_status, error, gen_ai_provider_name, gen_ai_request_model,
         gen_ai_operation_name, input_tokens, output_tokens, cost, CASE WHEN json_valid(attributes_json) THEN attributes_json END AS more
  FROM request_logs WHERE in_window(completed_at)
), read AS (
  SELECT *, json_extract(more, '$.reason') AS reason FROM request)
SELECT ms(completed_at) AS time_ms,
       CASE WHEN http_status < 400 AND error IS NULL THEN 'success'
            WHEN http_status IS NULL AND error IS NULL THEN 'canceled'
            WHEN reason = 'RateLimit' OR http_status = 429 AND gen_ai_provider_name IS NULL THEN 'limited'
            WHEN reason IN ('APIKeyAuth', 'JwtAuth', 'BasicAuth', 'ExtAuth', 'Oidc', 'Authorization', 'InvalidRequest', 'NotFound',
                            'Guardrail') THEN 'client-error'
            WHEN http_status IN (408, 504) OR reason = 'Timeout' THEN 'timeout'
            WHEN http_status >= 500 THEN 'server-error'
            WHEN gen_ai_provider_name IS NULL AND http_status >= 400 THEN 'client-error'
            WHEN http_status IN (429, 529) THEN 'rate-limited'
            WHEN http_status IN (401, 402, 403) THEN 'upstream-refused'
            WHEN http_status IN (400, 404, 413, 415, 422) THEN 'client-error' ELSE 'error' END AS outcome,
       coalesce(http_status, reason) AS status, gen_ai_provider_name AS provider, json_extract(more, '$.endpoint') AS instance,
       gen_ai_request_model AS model, json_extract(more, '$."agw.api_key.name"') AS api_key,
       gen_ai_operation_name AS endpoint, id AS request_id, ms_to_s(duration_ms) AS seconds,
       json_extract(more, '$."agw.ai.time_to_first_token"') AS time_to_first_token_seconds,
       json_extract(more, '$."agw.ai.time_per_output_token"') AS time_per_output_token_seconds, input_tokens, output_tokens,
       json_extract(more, '$."gen_ai.usage.cache_read.input_tokens"') AS cached_read_tokens,
       json_extract(more, '$."gen_ai.usage.cache_creation.input_tokens"') AS cached_write_tokens,
       json_extract(more, '$."gen_ai.usage.reasoning_tokens"') AS reasoning_tokens,
       iif(http_status < 400, cost, NULL) AS cost_usd,
       coalesce(json_extract(more, '$."retry.attempt"'), 0) AS retries, error
FROM read
