-- title: rows of table requests (successes only)
-- Only successes are written, so the status is "success" in every version; another word is no success. Streams have 0
-- tokens, which is not recorded, and a model without a price costs 0.
SELECT timestamp AS time_ms, iif(status = 'success', 'success', 'unknown') AS outcome, status, provider, instance, model,
       api_key_name AS api_key, request_id, ms_to_s(duration_ms) AS seconds,
       nullif(input_tokens, 0) AS input_tokens, nullif(output_tokens, 0) AS output_tokens
FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
