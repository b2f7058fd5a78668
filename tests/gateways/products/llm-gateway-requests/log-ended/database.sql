CREATE TABLE requests (request_id TEXT PRIMARY KEY, timestamp INTEGER NOT NULL, date TEXT NOT NULL, hour INTEGER NOT NULL, api_key_name TEXT NOT NULL, provider TEXT NOT NULL, instance TEXT NOT NULL, model TEXT NOT NULL, endpoint TEXT NOT NULL, status TEXT NOT NULL, error_type TEXT, error_message TEXT, input_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0, total_tokens INTEGER NOT NULL DEFAULT 0, cache_creation_input_tokens INTEGER NOT NULL DEFAULT 0, cache_read_input_tokens INTEGER NOT NULL DEFAULT 0, duration_ms INTEGER NOT NULL, input_cost REAL NOT NULL DEFAULT 0.0, output_cost REAL NOT NULL DEFAULT 0.0, cache_write_cost REAL NOT NULL DEFAULT 0.0, cache_read_cost REAL NOT NULL DEFAULT 0.0, total_cost REAL NOT NULL DEFAULT 0.0, created_at INTEGER NOT NULL, session_id TEXT);
CREATE INDEX idx_requests_timestamp ON requests (timestamp DESC);
CREATE INDEX idx_requests_instance ON requests (instance, timestamp DESC);
-- 60 answers, every third a native message, every fourth a stream, of which nothing is recorded; only one model has a price.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60),
call AS (SELECT i, 1795167000000 + 20000 * i AS ms, i % 3 = 0 AS native, i % 4 = 0 AS stream, 100 + i AS took FROM n)
INSERT INTO requests
SELECT 'r' || i, ms, '2026-11-20', 9, iif(i % 2, 'web', 'batch'), iif(native, 'anthropic', 'openai'), iif(native, 'anthropic-main', 'openai-main'),
       iif(native, 'claude-sonnet-4', 'gpt-4o'), iif(native, '/v1/messages', '/v1/chat/completions'), 'success', NULL, NULL,
       iif(stream, 0, 100), iif(stream, 0, 20), iif(stream, 0, 120), 0, iif(native AND NOT stream, 30, 0), iif(stream, 3, took),
       0, 0, 0, 0, iif(native OR stream, 0.0, 0.00045), ms + took, NULL
FROM call;
