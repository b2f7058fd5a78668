INSERT INTO api_keys (id, key, name) VALUES (1, 'secret', 'web'), (2, 'secret', 'batch');
INSERT INTO channels VALUES (1, 'openai', 'first', 'enabled', '{}', CAST('["big","small"]' AS BLOB)), (2, 'anthropic', 'second', 'enabled', '{}', CAST('["small","other"]' AS BLOB)), (3, 'openai', 'retired', 'disabled', '{}', CAST('["old"]' AS BLOB));
-- 60 requests of 20 s each from 18:30 at +09:00, which is 09:30 UTC; they take 250 ms. Go writes the time with zone and monotonic clock.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO requests SELECT i, strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 18:30:00', '+' || (20 * i) || ' seconds') || '4567 +0900 JST m=+' || i || '.5', strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 18:30:00', '+' || (20 * i + 0.25) || ' seconds') || '4567 +0900 JST m=+' || i || '.75', 'api', iif(i % 3, 'big', 'small'), 'openai/chat_completions', '{}', '{}', NULL, 'completed', 1 + i % 2, iif(i % 3, 1, 2) FROM n;
INSERT INTO request_executions SELECT id, created_at, updated_at, model_id, '{}', '{}', NULL, NULL, status, channel_id, id FROM requests;
INSERT INTO usage_logs SELECT id, updated_at, model_id, 40, 10, 8, 2, channel_id, id FROM requests;
-- A test by the administrator, and a request that is still running.
INSERT INTO requests SELECT 61, created_at, updated_at, 'test', model_id, format, '{}', NULL, NULL, 'failed', NULL, 1 FROM requests WHERE id = 60;
INSERT INTO requests SELECT 62, '2026-11-20 18:59:59.9 +0900 JST m=+63.5', '2026-11-20 18:59:59.9 +0900 JST m=+63.5', 'api', 'big', format, '{}', NULL, NULL, 'processing', 1, 1 FROM requests WHERE id = 60;
INSERT INTO request_executions SELECT 62, created_at, updated_at, model_id, '{}', NULL, NULL, NULL, status, channel_id, id FROM requests WHERE id = 62;
