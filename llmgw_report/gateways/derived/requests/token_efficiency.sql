-- title: Tokens per model in the window
-- limit: 2000
SELECT model, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens
FROM llmgw_requests WHERE model IS NOT NULL AND input_tokens IS NOT NULL AND output_tokens IS NOT NULL
GROUP BY model
