CREATE TABLE logs (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, level TEXT NOT NULL, target TEXT NOT NULL, message TEXT NOT NULL, request_id TEXT, span_id TEXT, fields TEXT);
CREATE TABLE spans (span_id TEXT PRIMARY KEY, parent_span_id TEXT, request_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, start_time INTEGER NOT NULL, end_time INTEGER, duration_ms INTEGER, status TEXT, attributes TEXT);
CREATE TABLE metrics_snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL UNIQUE, metrics TEXT NOT NULL);
CREATE TABLE retention_policy (table_name TEXT PRIMARY KEY, ttl_days INTEGER NOT NULL, last_cleanup INTEGER NOT NULL);
CREATE INDEX idx_logs_timestamp ON logs (timestamp DESC);
CREATE INDEX idx_logs_level ON logs (level);
CREATE INDEX idx_logs_request_id ON logs (request_id);
CREATE INDEX idx_spans_request_id ON spans (request_id);
CREATE INDEX idx_spans_start_time ON spans (start_time DESC);
CREATE INDEX idx_spans_duration ON spans (duration_ms DESC);
CREATE INDEX idx_metrics_timestamp ON metrics_snapshots (timestamp DESC);
-- 30 answers of openai, then 20 requests to anthropic: two find it dead, and 18 find no instance, which nothing counts as an attempt.
CREATE TEMP TABLE call AS
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
SELECT i, 1795167000000 + 20000 * i AS ms, i <= 30 AS chat, 0 AS stream, 100 AS took, CASE WHEN i <= 30 THEN 200 WHEN i <= 32 THEN 502 ELSE 503 END AS status, iif(i % 2, 'web', 'batch') AS api_key, iif(i <= 30, 'gpt-4o', 'claude-sonnet-4') AS model, iif(i <= 30, 'openai', 'anthropic') AS provider, iif(i <= 30, 'openai-main', 'anthropic-main') AS instance FROM n;
INSERT INTO logs (timestamp, level, target, message, fields) VALUES (1795166990000, 'INFO', 'llm_gateway::server', 'Starting LLM Gateway on 127.0.0.1:8080', '{}');
INSERT INTO metrics_snapshots (timestamp, metrics) VALUES (1795166990010, '{"counters":{},"gauges":{"llm_gateway_info":1.0},"histograms":{}}');
-- What a request leaves: its beginning, a span if the head of a chat answer was sent, its end unless it is a stream.
INSERT INTO logs (timestamp, level, target, message, request_id, fields)
SELECT ms, 'INFO', 'llm_gateway::handlers', iif(chat, 'Handling chat completion request', 'Handling native Anthropic messages request'), iif(chat, 'r' || i, NULL),
       json_object('api_key_name', api_key, 'model', model, 'stream', iif(stream, 'true', 'false')) FROM call
UNION ALL
SELECT ms + took, 'INFO', 'llm_gateway::handlers', iif(chat, 'Completed chat completion request', 'Completed native Anthropic messages request'), NULL,
       json_object('api_key_name', api_key, 'model', model, 'duration_ms', took || '', 'input_tokens', '100', 'output_tokens', '20') FROM call WHERE status = 200 AND NOT stream
UNION ALL
SELECT ms + took, 'ERROR', 'tower_http::trace::on_failure', 'response failed', NULL,
       json_object('classification', 'Status code: ' || iif(status = 502, '502 Bad Gateway', '503 Service Unavailable'), 'latency', took || ' ms') FROM call WHERE status <> 200
UNION ALL
SELECT ms + took, 'WARN', 'llm_gateway::load_balancer', 'Instance marked unhealthy due to request failure', NULL, json_object('instance', instance) FROM call WHERE status = 502
UNION ALL
SELECT ms + took, 'WARN', 'llm_gateway::retry', 'Instance marked unhealthy, session will failover on next request', NULL,
       json_object('api_key_name', api_key, 'instance', instance, 'error', 'HTTP request failed: error sending request') FROM call WHERE status = 502
ORDER BY 1;
INSERT INTO spans SELECT 's' || i, NULL, 'r' || i, 'chat_completions', 'server', ms, ms + took, took, 'ok',
       json_object('api_key_name', api_key, 'model', model, 'provider', provider) FROM call WHERE status = 200 AND chat;
