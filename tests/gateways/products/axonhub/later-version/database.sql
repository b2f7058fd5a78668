CREATE TABLE api_keys (id integer PRIMARY KEY, key text NOT NULL, name text NOT NULL, status text NOT NULL DEFAULT 'enabled');
CREATE TABLE channels (id integer PRIMARY KEY, type text NOT NULL, name text NOT NULL, status text NOT NULL, credentials json NOT NULL, supported_models json NOT NULL);
CREATE TABLE requests (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime NOT NULL, source text NOT NULL DEFAULT 'api', model_id text NOT NULL, format text NOT NULL, request_headers json, request_body json NOT NULL, response_body json, status text NOT NULL, api_key_id integer, channel_id integer, stream bool NOT NULL DEFAULT false, client_ip text, metrics_latency_ms integer, metrics_first_token_latency_ms integer);
CREATE TABLE request_executions (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime NOT NULL, model_id text NOT NULL, request_body json NOT NULL, response_body json, error_message text, response_status_code integer, status text NOT NULL, channel_id integer, request_id integer NOT NULL);
CREATE TABLE usage_logs (id integer PRIMARY KEY, created_at datetime NOT NULL, model_id text NOT NULL, prompt_tokens integer NOT NULL, completion_tokens integer NOT NULL, prompt_cached_tokens integer, prompt_write_cached_tokens integer, completion_reasoning_tokens integer, channel_id integer, request_id integer NOT NULL, total_cost real);
CREATE INDEX requests_by_created_at ON requests (created_at);
CREATE INDEX request_executions_by_request_id_status_created_at ON request_executions (request_id, status, created_at);
CREATE INDEX usage_logs_by_request_id ON usage_logs (request_id);
INSERT INTO api_keys (id, key, name) VALUES (1, 'secret', 'web');
INSERT INTO channels VALUES (1, 'openai', 'first', 'enabled', '{}', '["big"]');
-- 40 streams of 800 ms with the first token after 300; their rows are touched again when bodies are cleaned away.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO requests SELECT i, strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 09:30:00', '+' || (20 * i) || ' seconds') || ' +0000 UTC', '2026-11-20 09:59:59 +0000 UTC', 'api', 'big', 'openai/chat_completions', NULL, '{}', '{}', 'completed', 1, 1, true, '', 800, 300 FROM n;
INSERT INTO request_executions SELECT id, created_at, updated_at, model_id, '{}', '{}', NULL, 200, status, channel_id, id FROM requests;
INSERT INTO usage_logs SELECT id, updated_at, model_id, 40, 10, 8, 4, 2, 1, id, 0.001 FROM requests;
-- One request that the caller got wrong: the status says so, where its words do not.
UPDATE requests SET status = 'failed', metrics_latency_ms = 20, metrics_first_token_latency_ms = NULL WHERE id = 7;
UPDATE request_executions SET status = 'failed', response_status_code = 400, error_message = 'the temperature is out of range' WHERE id = 7;
DELETE FROM usage_logs WHERE id = 7;
