-- title: rows of usage_logs, one per request
-- Attempts that a routing policy recovered from (absorbed) or left out (skipped) are no requests.
-- Messages that begin with "Error code" quote the provider; the others are the gateway's own.
SELECT ms(u.timestamp) AS time_ms,
       CASE WHEN u.status = 'success' THEN 'success'
            WHEN u.status <> 'error' THEN 'unknown'
            WHEN u.error_message LIKE '%exceeded budget%' OR u.error_message LIKE '%budget exceeded%' THEN 'limited'
            WHEN u.status_code = 402 AND u.error_message LIKE 'No pricing is configured%' THEN 'client-error'
            WHEN u.status_code IN (408, 504) THEN 'timeout'
            WHEN u.status_code >= 500 THEN 'server-error'
            WHEN u.status_code IN (429, 529) THEN 'rate-limited'
            WHEN u.status_code IN (401, 402, 403) THEN iif(u.error_message LIKE 'Error code%', 'upstream-refused', 'error')
            -- The client names provider and model itself, unless a policy chose them.
            WHEN u.status_code = 404 THEN iif(u.policy_name IS NULL, 'client-error', 'upstream-refused')
            WHEN u.status_code IN (400, 413, 415, 422) THEN 'client-error' ELSE 'error' END AS outcome,
       coalesce(u.status_code, u.status) AS status, u.provider, u.model, k.key_name AS api_key, u.endpoint,
       coalesce(u.request_group_id, u.id) AS request_id, ms_to_s(u.latency_ms) AS seconds,
       u.prompt_tokens AS input_tokens, u.completion_tokens AS output_tokens, u.cache_read_tokens AS cached_read_tokens,
       u.cache_write_tokens AS cached_write_tokens, u.cost AS cost_usd, u.attempt_position AS attempts,
       coalesce(u.attempt_position - 1, 0) AS fallbacks, u.error_message AS error
FROM usage_logs AS u LEFT JOIN api_keys AS k ON k.id = u.api_key_id
WHERE in_window(u.timestamp) AND +u.source = 'gateway' AND u.status NOT IN ('absorbed', 'skipped')
