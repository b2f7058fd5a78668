-- title: traces of the gateway, one per request
-- A trace says OK or ERROR and no more: the code of a failure is in the message of its last call of a provider.
WITH call AS (
  SELECT trace_id, model_provider, model_name, count(*) AS calls, max(start_time_unix_nano),
         CASE WHEN status = 'ERROR' AND json_valid(content) THEN json_extract(content, '$.status.message') END AS error
  FROM spans WHERE type = 'LLM' AND trace_id IN (
    SELECT request_id FROM trace_info WHERE timestamp_ms > :since_ms AND timestamp_ms <= :until_ms)
  GROUP BY trace_id
), request AS (
  SELECT t.request_id, t.timestamp_ms, t.execution_time_ms, t.status, t.trace_name, t.input_tokens, t.output_tokens,
         t.cache_read_input_tokens, t.total_cost, c.model_provider, c.model_name, c.calls, c.error,
         CASE WHEN c.error GLOB 'HTTPException: [1-5][0-9][0-9]: *' THEN CAST(substr(c.error, 16, 3) AS INTEGER) END AS code
  FROM trace_info AS t LEFT JOIN call AS c ON c.trace_id = t.request_id
  WHERE t.timestamp_ms > :since_ms AND t.timestamp_ms <= :until_ms AND t.trace_name GLOB 'gateway/*')
SELECT timestamp_ms AS time_ms,
       CASE WHEN status = 'OK' THEN 'success' WHEN status = 'IN_PROGRESS' THEN NULL WHEN status <> 'ERROR' THEN 'unknown'
            WHEN code IN (408, 504) OR error GLOB '*Timeout*' THEN 'timeout' WHEN code IN (429, 529) THEN 'rate-limited'
            WHEN code IN (401, 402, 403, 404) THEN 'upstream-refused' WHEN code IN (400, 413, 415, 422) THEN 'client-error'
            WHEN error GLOB 'CancelledError*' OR error GLOB 'GeneratorExit*' THEN 'canceled'
            WHEN code >= 500 OR error GLOB '*Error: *' AND code IS NULL THEN 'server-error' ELSE 'error' END AS outcome,
       coalesce(code, status) AS status, model_provider AS provider, model_name AS model, trace_name AS endpoint, request_id,
       ms_to_s(execution_time_ms) AS seconds, input_tokens, output_tokens, cache_read_input_tokens AS cached_read_tokens,
       total_cost AS cost_usd, calls AS attempts, calls - 1 AS fallbacks, error
FROM request
