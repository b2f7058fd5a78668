-- title: Tokens per model in the window
SELECT model, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens
FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
  AND typeof(input_tokens) = 'integer' AND input_tokens BETWEEN 0 AND 1000000000
  AND typeof(output_tokens) = 'integer' AND output_tokens BETWEEN 0 AND 1000000000
GROUP BY +model
