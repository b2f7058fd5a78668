-- title: rows of table requests (successes only)
-- Only successes are written, so the status is "success" in every version; another word is no success. The table has 0
-- for what was not recorded: the tokens of most streams, the tokens in caches of all but one provider, the cost of a
-- model without a price. The duration of a stream ends at its head, so that one without tokens has none either.
SELECT timestamp AS time_ms, iif(status = 'success', 'success', 'unknown') AS outcome, status, provider, instance, model,
       api_key_name AS api_key, request_id, iif(input_tokens = 0 AND output_tokens = 0, NULL, ms_to_s(duration_ms)) AS seconds,
       nullif(input_tokens, 0) AS input_tokens, nullif(output_tokens, 0) AS output_tokens, nullif(total_cost, 0) AS cost_usd,
       nullif(cache_read_input_tokens, 0) AS cached_read_tokens, nullif(cache_creation_input_tokens, 0) AS cached_write_tokens
FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
