-- title: rows of logs, one per request
-- A row is one provider that was tried. fallback_index 0 begins a request, and the last row of its chain ended it.
-- parent_request_id alone does not make a fallback: clients set it to link the requests of a session.
WITH chain AS (
  SELECT r.id AS root, r.timestamp AS began, max(h.fallback_index) AS fallbacks, coalesce(h.id, r.id) AS last,
         iif(count(h.id), nullif(coalesce(r.latency, 0) + coalesce(sum(h.latency), 0), 0), r.latency) AS latency,
         coalesce(r.number_of_retries, 0) + coalesce(sum(h.number_of_retries), 0) AS retries
  FROM logs AS r LEFT JOIN logs AS h ON h.parent_request_id = r.id AND h.fallback_index > 0
  WHERE in_window(r.timestamp) AND coalesce(r.fallback_index, 0) = 0 GROUP BY +r.id
), request AS (
  SELECT l.status, l.provider, l.selected_key_name, l.model, l.virtual_key_name, l.object_type, l.stream, l.cost,
         l.total_tokens, l.prompt_tokens, l.completion_tokens, l.cached_read_tokens, c.root, c.began,
         c.latency AS whole, c.retries, coalesce(c.fallbacks, 0) AS fallbacks,
         CASE WHEN json_valid(l.error_details) THEN l.error_details END AS failure
  FROM chain AS c JOIN logs AS l ON l.id = c.last
), read AS (
  SELECT *, json_extract(failure, '$.status_code') AS code, json_extract(failure, '$.error.message') AS error,
         coalesce(json_extract(failure, '$.type'), json_extract(failure, '$.error.type')) AS type,
         json_extract(failure, '$.is_bifrost_error') AS own
  FROM request)
SELECT ms(began) AS time_ms,
       CASE WHEN status = 'success' THEN 'success' WHEN status = 'processing' THEN NULL
            WHEN status <> 'error' THEN 'unknown'
            WHEN type = 'request_cancelled' OR code = 499 THEN 'canceled'
            WHEN type IN ('budget_exceeded', 'rate_limited', 'request_limited', 'token_limited') THEN 'limited'
            WHEN type = 'request_timed_out' OR code IN (408, 504) THEN 'timeout'
            WHEN own AND code BETWEEN 400 AND 499 THEN 'client-error'
            WHEN code IN (429, 529) THEN 'rate-limited'
            WHEN code IN (401, 402, 403) THEN 'upstream-refused'
            WHEN code BETWEEN 400 AND 499 THEN 'client-error' ELSE 'server-error' END AS outcome,
       coalesce(code, type, status) AS status, provider, nullif(selected_key_name, '') AS instance, model,
       virtual_key_name AS api_key, object_type AS endpoint, coalesce(stream, 0) AS stream, root AS request_id,
       ms_to_s(whole) AS seconds, iif(total_tokens > 0, prompt_tokens, NULL) AS input_tokens,
       iif(total_tokens > 0, completion_tokens, NULL) AS output_tokens,
       iif(total_tokens > 0, cached_read_tokens, NULL) AS cached_read_tokens, cost AS cost_usd, retries, fallbacks, error
FROM read
