-- title: Prompt cache tokens per model in the window
-- requires: requests.cache_read_input_tokens
-- A row with a value that cannot be right is left out.
WITH said AS (
  SELECT model, cache_read_input_tokens AS read, cache_creation_input_tokens AS written, input_tokens AS uncached,
         typeof(cache_read_input_tokens) = 'integer' AND cache_read_input_tokens BETWEEN 0 AND 1000000000
         AND typeof(cache_creation_input_tokens) = 'integer' AND cache_creation_input_tokens BETWEEN 0 AND 1000000000
         AND typeof(input_tokens) = 'integer' AND input_tokens BETWEEN 0 AND 1000000000 AS good
  FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
)
SELECT model, sum(read) FILTER (WHERE good) AS cache_read_tokens, sum(written) FILTER (WHERE good) AS cache_write_tokens,
       1.0 * sum(read) FILTER (WHERE good) / nullif(sum(uncached + read + written) FILTER (WHERE good), 0) AS cache_read_ratio,
       sum(NOT good) AS implausible
FROM said
GROUP BY +model ORDER BY cache_read_tokens DESC LIMIT :top
