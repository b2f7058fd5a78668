-- title: rows of LiteLLM_SpendLogs
-- deadline: 120
-- An attempt that was retried is "ID-attempt-N"; the row that is how the request ended has the bare id. Of attempts
-- without it, as of a request that is not over, the last stands for the request. Only these are looked up: to sort all
-- rows by their request takes longer than everything else.
WITH entry AS (
  SELECT request_id, api_key, spend, prompt_tokens, completion_tokens, "startTime", "endTime",
         coalesce(nullif(model_group, ''), nullif(model, '')) AS model, nullif(model_id, '') AS model_id,
         nullif(custom_llm_provider, '') AS provider, call_type, status, cache_hit, CAST(metadata AS jsonb) AS more
  FROM "LiteLLM_SpendLogs" AS one WHERE in_window("startTime")
    AND (request_id !~ '-attempt-[0-9]{1,4}$' OR NOT EXISTS (
      SELECT 1 FROM "LiteLLM_SpendLogs" AS other WHERE other.request_id IN (
        regexp_replace(one.request_id, '-attempt-[0-9]+$', ''),
        regexp_replace(one.request_id, '[0-9]+$', '') || (CAST(substring(one.request_id FROM '[0-9]{1,4}$') AS integer) + 1))))
), read AS (
  SELECT *, coalesce(more #>> '{error_information,error_class}', '') AS class,
         CASE WHEN more #>> '{error_information,error_code}' ~ '^[0-9]{3}$'
              THEN CAST(more #>> '{error_information,error_code}' AS integer) END AS code,
         -- Of a row with neither, nobody knows how it ended: a role that may not read them has NULL for both.
         CASE WHEN status IS NULL AND more IS NULL THEN NULL
              ELSE status IS DISTINCT FROM 'failure' AND coalesce(more ->> 'status', 'success') <> 'failure' END AS answered,
         coalesce(more #>> '{usage_object,prompt_tokens_details,cached_tokens}',
           more #>> '{additional_usage_values,prompt_tokens_details,cached_tokens}',
           more #>> '{additional_usage_values,cache_read_input_tokens}') AS cached,
         coalesce(more #>> '{usage_object,completion_tokens_details,reasoning_tokens}',
           more #>> '{additional_usage_values,completion_tokens_details,reasoning_tokens}') AS reasoning
  FROM entry OFFSET 0  -- otherwise each of these is computed again wherever it is named
), ended AS (
  SELECT *,
       CASE WHEN class = 'ClientDisconnected' OR class LIKE '%CancelledError' OR code = 499 THEN 'canceled'
            WHEN answered THEN 'success'
            WHEN answered IS NULL THEN NULL
            WHEN class LIKE 'RouterRateLimitError%' THEN 'rate-limited'
            WHEN class = 'BudgetExceededError' THEN 'limited'
            WHEN class LIKE '%CallerCredential%' THEN 'client-error'
            WHEN code = 429 AND class IN ('HTTPException', 'ProxyRateLimitError') THEN 'limited'
            WHEN class LIKE '%Timeout%' OR code IN (408, 504) THEN 'timeout'
            WHEN class LIKE '%RateLimitError' OR code IN (429, 529) THEN 'rate-limited'
            WHEN class ~ '(Authentication|PermissionDenied|NotFound|PaymentRequired)Error$' AND class !~ '^(Proxy|Key)'
              THEN 'upstream-refused'
            WHEN class ~ '(BadRequest|ContextWindowExceeded|ContentPolicyViolation|UnprocessableEntity|UnsupportedParams|RejectedRequest|InvalidRequest|ImageFetch|MalformedRequestField)Error$'
              THEN 'client-error'
            WHEN code >= 500 OR class ~ '(APIConnection|MidStreamFallback)Error$' THEN 'server-error'
            WHEN class IN ('GuardrailRaisedException', 'BlockedPiiEntityError') THEN 'client-error'
            WHEN code IN (400, 401, 403, 404, 405, 413, 415, 422)
              AND class ~ '^(KeyNotFoundError|ProxyModelNotFoundError|.*ProxyException|.*HTTPException)$' THEN 'client-error'
            -- A missing or malformed key: the proxy's exception has no status, and there was nothing to hash.
            WHEN code IS NULL AND (class = 'ProxyException' OR class IN ('Exception', 'AssertionError') AND api_key = '')
              THEN 'client-error'
            ELSE 'error' END AS outcome
  FROM read
)
SELECT ms("startTime") AS time_ms, outcome, CASE WHEN outcome IS NULL THEN 0 ELSE 1 END AS recorded, coalesce(CAST(code AS text), status, CASE WHEN answered THEN 'success' END) AS status, provider,
       model_id AS instance, model,
       coalesce(more ->> 'user_api_key_alias',
         CASE WHEN api_key ~ '^[0-9a-f]{64}$' OR api_key = 'litellm_proxy_master_key' THEN api_key END) AS api_key,
       call_type AS endpoint, request_id,
       CASE WHEN isfinite("endTime") THEN CAST(extract(epoch FROM "endTime" - "startTime") AS float8) END AS seconds,
       -- The tokens of a failure are an estimate, and those of a client that went away were paid for.
       CASE WHEN outcome IN ('success', 'canceled') THEN prompt_tokens END AS input_tokens,
       CASE WHEN outcome IN ('success', 'canceled') THEN completion_tokens END AS output_tokens,
       CASE WHEN outcome IN ('success', 'canceled') AND cached ~ '^[0-9]{1,9}$' THEN CAST(cached AS integer) END AS cached_read_tokens,
       CASE WHEN outcome IN ('success', 'canceled') AND reasoning ~ '^[0-9]{1,9}$' THEN CAST(reasoning AS integer) END AS reasoning_tokens,
       spend AS cost_usd,
       CASE WHEN more ->> 'attempted_retries' ~ '^[0-9]{1,4}$' THEN CAST(more ->> 'attempted_retries' AS integer) END AS retries,
       CASE WHEN more ->> 'attempted_fallbacks' ~ '^[0-9]{1,4}$' THEN CAST(more ->> 'attempted_fallbacks' AS integer) END AS fallbacks,
       CASE WHEN cache_hit = 'True' THEN 1 ELSE 0 END AS cache_hits,
       nullif(left(more #>> '{error_information,error_message}', 500), '') AS error
FROM ended
