-- title: rows of table requests, one per request
-- Why a request failed is told by its last execution only. An execution is written after the request was read and converted, so what
-- fails later without a status is the upstream's. A failed request without any is of a model that no channel has.
SELECT ms(r.created_at) AS time_ms, x.response_status_code AS status, c.name AS provider, r.model_id AS model, k.name AS api_key,
       CAST(r.id AS TEXT) AS request_id, r.format AS endpoint, r.stream, x.error_message AS error,
       CASE WHEN r.metrics_latency_ms > 0 THEN ms_to_s(r.metrics_latency_ms)
            WHEN r.status IN ('completed', 'failed', 'canceled') THEN (ms(r.updated_at) - ms(r.created_at)) / 1e3 END AS seconds,
       ms_to_s(nullif(r.metrics_first_token_latency_ms, 0)) AS time_to_first_token_seconds,
       u.prompt_tokens AS input_tokens, u.completion_tokens AS output_tokens, u.prompt_cached_tokens AS cached_read_tokens,
       u.prompt_write_cached_tokens AS cached_write_tokens, u.completion_reasoning_tokens AS reasoning_tokens, u.total_cost AS cost_usd,
       (SELECT count(*) FROM request_executions WHERE request_id = r.id) AS attempts,
       (SELECT count(DISTINCT channel_id) - 1 FROM request_executions WHERE request_id = r.id HAVING count(*) > 0) AS fallbacks,
       CASE WHEN r.status = 'completed' THEN 'success' WHEN r.status = 'canceled' THEN 'canceled'
            WHEN r.status IN ('pending', 'processing') THEN NULL WHEN r.status <> 'failed' THEN 'unknown'
            WHEN x.id IS NULL THEN CASE (SELECT max(h.status = 'enabled') FROM (
              SELECT status, iif(json_valid(CAST(supported_models AS TEXT)), CAST(supported_models AS TEXT), NULL) AS models FROM channels
            ) AS h, json_each(h.models) AS m WHERE m.value = r.model_id) WHEN 1 THEN 'server-error' WHEN 0 THEN 'error' ELSE 'client-error' END
            WHEN x.response_status_code = 429 OR x.error_message LIKE '%, code: 429,%' OR x.error_message LIKE '%type: rate_limit_error%' THEN 'rate-limited'
            WHEN x.response_status_code IN (408, 504) OR x.error_message LIKE '%deadline exceeded%' OR x.error_message LIKE '%, code: 408,%'
              OR x.error_message LIKE '%, code: 504,%' THEN 'timeout'
            WHEN x.response_status_code IN (400, 413, 422) OR x.error_message LIKE '%, code: 400,%' THEN 'client-error'
            WHEN x.response_status_code IN (401, 402, 403, 404) OR x.error_message LIKE '%, code: 40_,%'
              OR x.error_message LIKE '%code: invalid_api_key,%' THEN 'upstream-refused'
            WHEN x.response_status_code BETWEEN 400 AND 499 OR x.error_message LIKE '%, code: 4__,%' THEN 'error' ELSE 'server-error' END AS outcome
FROM requests AS r LEFT JOIN request_executions AS x ON x.id = (SELECT max(id) FROM request_executions WHERE request_id = r.id)
     LEFT JOIN usage_logs AS u ON u.id = (SELECT max(id) FROM usage_logs WHERE request_id = r.id)
     LEFT JOIN channels AS c ON c.id = coalesce(r.channel_id, x.channel_id) LEFT JOIN api_keys AS k ON k.id = r.api_key_id
WHERE in_window(r.created_at) AND r.source = 'api'
