-- title: Tokens per model in the window
-- weight: 4
SELECT json_extract(fields, '$.model') AS model,
       sum(CAST(coalesce(json_extract(fields, '$.input_tokens'), json_extract(fields, '$.prompt_tokens')) AS INTEGER)) AS input_tokens,
       sum(CAST(coalesce(json_extract(fields, '$.output_tokens'), json_extract(fields, '$.completion_tokens')) AS INTEGER)) AS output_tokens
FROM logs NOT INDEXED
WHERE id >= :first_log AND timestamp > :since_ms AND timestamp <= :until_ms
  AND message IN ('Completed chat completion request', 'Completed chat completion request via Anthropic',
                  'Completed chat completion request via Gemini', 'Completed native Anthropic messages request')
GROUP BY model HAVING input_tokens IS NOT NULL AND output_tokens IS NOT NULL AND model IS NOT NULL
