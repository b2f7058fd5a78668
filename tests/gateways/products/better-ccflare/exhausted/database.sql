INSERT INTO accounts (id, name, paused) VALUES ('a1', 'first', 0), ('a2', 'second', 0), ('a3', 'on-holiday', 1);
-- 48 answers from 09:30 UTC, the time being that of their end; every fourth with a price.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 48)
INSERT INTO requests SELECT 'r' || i, 1000 * unixepoch('2026-11-20 09:30:00') + 20000 * i, 'POST', '/v1/messages', 'a1', 200, 1, NULL, 1000, 0, 'claude', NULL, NULL, iif(i % 4, NULL, 0.01), 30, 20, NULL, 10, 'k1', 'web' FROM n;
-- The last ten minutes: one request is refused by both accounts and has two rows, the others find no account left.
UPDATE requests SET status_code = 503, success = 0, error_message = 'pool_exhausted', response_time_ms = 1, account_used = NULL, model = NULL, cost_usd = NULL, input_tokens = NULL, cache_read_input_tokens = NULL, output_tokens = NULL WHERE CAST(substr(id, 2) AS INTEGER) > 20;
UPDATE requests SET status_code = 429, error_message = 'model_fallback_429', response_time_ms = 12, account_used = 'a2', failover_attempts = 1 WHERE id = 'r21';
INSERT INTO requests SELECT 'call-' || id, timestamp - 3, method, path, 'a1', 429, 0, 'model_fallback_429', 9, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, api_key_id, api_key_name FROM requests WHERE id = 'r21';
UPDATE requests SET status_code = 400, error_message = NULL, account_used = 'a1' WHERE id = 'r2';
UPDATE requests SET success = 0 WHERE id = 'r2';
UPDATE accounts SET rate_limited_until = 1000 * unixepoch('2026-11-20 10:02:00'), rate_limited_reason = 'model_fallback_429';
