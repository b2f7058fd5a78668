-- title: rows of type 2 in table logs, one per successful request
-- Type 2 is a request that was charged; 500,000 units of quota are 1 USD unless an operator changed QuotaPerUnit.
SELECT l.created_at * 1000 AS time_ms, 'success' AS outcome, coalesce(c.name, 'channel ' || l.channel_id) AS provider,
       coalesce(c.name, 'channel ' || l.channel_id) AS instance, l.model_name AS model, nullif(l.token_name, '') AS api_key,
       l.is_stream AS stream, nullif(l.request_id, '') AS request_id, ms_to_s(nullif(l.elapsed_time, 0)) AS seconds,
       l.prompt_tokens AS input_tokens, l.completion_tokens AS output_tokens, l.quota / 500000.0 AS cost_usd
FROM logs AS l LEFT JOIN channels AS c ON c.id = l.channel_id
WHERE l.type = 2 AND l.created_at * 1000 > :since_ms AND l.created_at * 1000 <= :until_ms
  AND l.created_at BETWEEN :since_ms / 1000 AND :until_ms / 1000
