-- title: rows of logs, one per provider that was tried
WITH hop AS (
  SELECT timestamp, provider, selected_key_name, model, status, latency,
         CASE WHEN json_valid(error_details) THEN json_extract(error_details, '$.status_code') END AS code,
         CASE WHEN json_valid(error_details)
              THEN coalesce(json_extract(error_details, '$.type'), json_extract(error_details, '$.error.type')) END AS type
  FROM logs WHERE in_window(timestamp) AND selected_key_name <> '' AND +status IN ('success', 'error'))
SELECT ms(timestamp) AS time_ms,
       CASE WHEN status = 'success' THEN 'success'
            WHEN type = 'request_cancelled' OR code = 499 THEN 'canceled'
            WHEN type = 'request_timed_out' OR code IN (408, 504) THEN 'timeout'
            WHEN code IN (429, 529) THEN 'rate-limited'
            WHEN code IN (401, 402, 403) THEN 'upstream-refused'
            WHEN code BETWEEN 400 AND 499 THEN 'client-error' ELSE 'server-error' END AS outcome,
       coalesce(code, type, status) AS status, provider, selected_key_name AS instance, model,
       ms_to_s(latency) AS seconds
FROM hop
