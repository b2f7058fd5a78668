-- title: spans of calls of providers
WITH call AS (
  SELECT s.start_time_unix_nano, s.end_time_unix_nano, s.status, s.name, s.model_provider, s.model_name,
         CASE WHEN s.status = 'ERROR' AND json_valid(s.content) THEN json_extract(s.content, '$.status.message') END AS error
  FROM trace_info AS t JOIN spans AS s ON s.trace_id = t.request_id AND s.type = 'LLM'
  WHERE t.timestamp_ms > :since_ms AND t.timestamp_ms <= :until_ms AND t.trace_name GLOB 'gateway/*'
), read AS (
  SELECT *, CASE WHEN error GLOB 'HTTPException: [1-5][0-9][0-9]: *' THEN CAST(substr(error, 16, 3) AS INTEGER) END AS code
  FROM call)
SELECT start_time_unix_nano / 1000000 AS time_ms,
       CASE WHEN status = 'OK' THEN 'success' WHEN status = 'IN_PROGRESS' THEN NULL WHEN status <> 'ERROR' THEN 'unknown'
            WHEN code IN (408, 504) OR error GLOB '*Timeout*' THEN 'timeout' WHEN code IN (429, 529) THEN 'rate-limited'
            WHEN code IN (401, 402, 403, 404) THEN 'upstream-refused' WHEN code IN (400, 413, 415, 422) THEN 'client-error'
            WHEN error GLOB 'CancelledError*' OR error GLOB 'GeneratorExit*' THEN 'canceled'
            WHEN code >= 500 OR error GLOB '*Error: *' AND code IS NULL THEN 'server-error' ELSE 'error' END AS outcome,
       coalesce(code, status) AS status, model_provider AS provider, model_name AS model,
       CASE WHEN name GLOB 'provider/*' THEN substr(name, 10) ELSE name END AS instance,
       (end_time_unix_nano - start_time_unix_nano) / 1e9 AS seconds
FROM read
