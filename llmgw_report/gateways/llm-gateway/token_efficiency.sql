-- title: Tokens per model in the window
-- weight: 4
WITH said AS (
  SELECT json_extract(fields, '$.model') AS model,
         coalesce(json_extract(fields, '$.input_tokens'), json_extract(fields, '$.prompt_tokens')) AS input,
         coalesce(json_extract(fields, '$.output_tokens'), json_extract(fields, '$.completion_tokens')) AS output
  FROM (
    SELECT CASE WHEN json_valid(fields) THEN fields END AS fields
    FROM logs NOT INDEXED
    WHERE id >= :first_log AND timestamp > :since_ms AND timestamp <= :until_ms
      AND message IN ('Completed chat completion request', 'Completed chat completion request via Anthropic',
                      'Completed chat completion request via Gemini', 'Completed native Anthropic messages request'))
)
SELECT model, sum(CAST(input AS INTEGER)) AS input_tokens, sum(CAST(output AS INTEGER)) AS output_tokens
FROM said WHERE model IS NOT NULL AND input GLOB '[0-9]*' AND output GLOB '[0-9]*'
GROUP BY model
