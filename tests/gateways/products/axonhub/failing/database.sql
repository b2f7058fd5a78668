CREATE TABLE api_keys (id integer PRIMARY KEY, created_at datetime, key text NOT NULL, name text NOT NULL, status text NOT NULL DEFAULT 'enabled');
CREATE TABLE channels (id integer PRIMARY KEY, type text NOT NULL, name text NOT NULL, status text NOT NULL, credentials json NOT NULL, supported_models json NOT NULL);
CREATE TABLE requests (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime NOT NULL, source text NOT NULL DEFAULT 'api', model_id text NOT NULL, format text NOT NULL, request_body json NOT NULL, response_body json, response_chunks json, status text NOT NULL, api_key_id integer, channel_id integer);
CREATE TABLE request_executions (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime NOT NULL, model_id text NOT NULL, request_body json NOT NULL, response_body json, response_chunks json, error_message text, status text NOT NULL, channel_id integer NOT NULL, request_id integer NOT NULL);
CREATE TABLE usage_logs (id integer PRIMARY KEY, created_at datetime NOT NULL, model_id text NOT NULL, prompt_tokens integer NOT NULL, completion_tokens integer NOT NULL, prompt_cached_tokens integer, completion_reasoning_tokens integer, channel_id integer, request_id integer NOT NULL);
CREATE INDEX requests_by_created_at ON requests (created_at);
CREATE INDEX request_executions_by_request_id ON request_executions (request_id);
CREATE INDEX usage_logs_by_request_id ON usage_logs (request_id);
INSERT INTO api_keys (id, key, name) VALUES (1, 'secret', 'web'), (2, 'secret', 'batch');
INSERT INTO channels VALUES (1, 'openai', 'first', 'enabled', '{}', CAST('["big","small"]' AS BLOB)), (2, 'anthropic', 'second', 'enabled', '{}', CAST('["small","other"]' AS BLOB)), (3, 'openai', 'retired', 'disabled', '{}', CAST('["old"]' AS BLOB));
-- 80 requests: the last execution of each tells how it ended.
CREATE TEMP TABLE ending (first integer, last integer, status text, message text, channel integer, model text);
INSERT INTO ending VALUES (1, 30, 'completed', NULL, 1, 'big'), (31, 36, 'failed', 'error: bad field, code: 400, type: invalid_request_error, param: , request_id: ', 1, 'big'),
 (37, 40, 'failed', 'error: slow down, code: 429, type: rate_limit_error, param: , request_id: ', 1, 'big'), (41, 43, 'failed', 'error: who are you, code: 401, type: authentication_error, param: , request_id: ', 1, 'big'),
 (44, 45, 'failed', 'HTTP request failed: Post "https://one.example": context deadline exceeded', 1, 'big'), (46, 47, 'failed', 'unexpected EOF', 1, 'big'),
 (48, 49, 'canceled', 'context canceled', 1, 'big'), (50, 69, 'failed', 'HTTP request failed: Post "https://two.example": dial tcp: connection refused', 2, 'other'),
 (70, 75, 'completed', NULL, 2, 'small'), (76, 78, 'failed', NULL, NULL, 'unknown-model'), (79, 80, 'failed', NULL, NULL, 'old');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
INSERT INTO requests SELECT i, strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 09:30:00', '+' || (15 * i) || ' seconds') || ' +0000 UTC m=+' || i || '.5', strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 09:30:00', '+' || (15 * i + 1) || ' seconds') || ' +0000 UTC m=+' || i || '.6', 'api', model, 'openai/chat_completions', '{}', NULL, NULL, status, 1, channel FROM n JOIN ending ON i BETWEEN first AND last;
-- Model small was tried on the first channel before the second answered.
INSERT INTO request_executions SELECT id, created_at, updated_at, model_id, '{}', NULL, NULL, 'Channel request failed, switching to next channel', 'failed', 1, id FROM requests WHERE model_id = 'small';
INSERT INTO request_executions SELECT 100 + r.id, r.created_at, r.updated_at, r.model_id, '{}', NULL, NULL, e.message, r.status, r.channel_id, r.id FROM requests AS r JOIN ending AS e ON r.id BETWEEN e.first AND e.last WHERE r.channel_id IS NOT NULL;
INSERT INTO usage_logs SELECT id, updated_at, model_id, 40, 10, 0, 0, channel_id, id FROM requests WHERE status = 'completed';
