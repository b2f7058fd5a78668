-- One night of a gateway with two providers, from its start at 21:00 to nine o'clock: about two requests a minute.
-- A few are rejected by a provider, which leaves no row. Nothing here is random: a number times a prime, modulo a
-- prime, is irregular enough.

CREATE TABLE logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp INTEGER NOT NULL,  -- Unix milliseconds
  level TEXT NOT NULL,
  target TEXT NOT NULL,        -- module that wrote the row
  message TEXT NOT NULL,
  request_id TEXT,
  span_id TEXT,
  fields TEXT                  -- a JSON object; all of its values are strings, numbers too
);
CREATE INDEX idx_logs_timestamp ON logs(timestamp DESC);
CREATE INDEX idx_logs_level ON logs(level);
CREATE INDEX idx_logs_request_id ON logs(request_id);

CREATE TABLE spans (
  span_id TEXT PRIMARY KEY,
  parent_span_id TEXT,
  request_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER,
  duration_ms INTEGER,
  status TEXT,
  attributes TEXT,
  FOREIGN KEY (parent_span_id) REFERENCES spans(span_id) ON DELETE CASCADE
);
CREATE INDEX idx_spans_request_id ON spans(request_id);
CREATE INDEX idx_spans_start_time ON spans(start_time DESC);
CREATE INDEX idx_spans_duration ON spans(duration_ms DESC);

CREATE TABLE metrics_snapshots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp INTEGER NOT NULL,
  metrics TEXT NOT NULL,       -- {"counters": {..}, "gauges": {..}, "histograms": {..}}, labels dropped
  UNIQUE(timestamp)
);
CREATE INDEX idx_metrics_timestamp ON metrics_snapshots(timestamp DESC);

CREATE TABLE retention_policy (
  table_name TEXT PRIMARY KEY,
  ttl_days INTEGER NOT NULL,
  last_cleanup INTEGER NOT NULL
);
INSERT INTO retention_policy VALUES ('logs', 7, 0), ('spans', 7, 0), ('metrics_snapshots', 30, 0);

BEGIN;

CREATE TEMP TABLE instant (start_ms INTEGER, end_ms INTEGER);
INSERT INTO instant
SELECT strftime('%s', '2026-02-15 21:00:00') * 1000, strftime('%s', '2026-02-16 09:00:00') * 1000;

-- `completed` is what the log says when a request that does not stream has ended well.
CREATE TEMP TABLE model (place INTEGER, weight INTEGER, name TEXT, provider TEXT, instance TEXT, completed TEXT);
INSERT INTO model VALUES
  (0, 6, 'gpt-4o-mini', 'openai', 'openai-main', 'Completed chat completion request'),
  (6, 4, 'claude-haiku-4-5', 'anthropic', 'anthropic-main', 'Completed chat completion request via Anthropic');

CREATE TEMP TABLE request (i INTEGER PRIMARY KEY, ms INTEGER);
WITH RECURSIVE
  clock(m) AS (SELECT 1 UNION ALL SELECT m + 1 FROM clock WHERE m < 719),
  nth(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM nth WHERE k < 3)
INSERT INTO request (ms)
SELECT start_ms + m * 60000 + k * 14000 + m * 7919 % 9000
FROM instant, clock JOIN nth ON k < 1 + m * 7 % 3 + (m > 600) ORDER BY 1;

CREATE TEMP TABLE call AS
SELECT i, ms, 1 AS counted, iif(i * 5417 % 991 % 10 < 7, 'web-chat', 'batch-jobs') AS api_key, name AS model,
       provider, 'chat' AS endpoint, instance, completed,
       i * 6007 % 983 % 10 = 0 AS stream, 500 + i * 3181 % 919 * 2 AS took_ms,
       180 + i * 2909 % 947 AS input_tokens, 40 + i * 1297 % 941 % 400 AS output_tokens,
       iif(i * 1871 % 967 % 120 = 1, 'business_error', 'success') AS status,
       printf('%08x-%04x-4%03x-a%03x-%012x', i * 2654435761 % 4294967296, i * 40503 % 65536, i * 7919 % 4096,
              i * 104729 % 4096, i * 2246822519 % 281474976710656) AS uuid
FROM request JOIN model ON i * 7919 % 997 % 10 BETWEEN model.place AND model.place + model.weight - 1;

-- Log rows, all of whose JSON values are strings.
CREATE TEMP VIEW row_of_log AS
  SELECT start_ms + 385 + key AS timestamp, 'INFO' AS level, 'llm_gateway::server' AS target, value AS message,
         NULL AS request_id, NULL AS span_id, '{}' AS fields
  FROM instant, json_each('["Observability subsystem initialized with SQLite logging",
    "Initializing Prometheus metrics...", "Spawned observability cleanup task", "Spawned metrics snapshot task",
    "Starting LLM Gateway on 0.0.0.0:8080", "Configuration: 3 routing rules, 2 API keys, 2 enabled providers"]')
  UNION ALL
  SELECT ms, 'INFO', 'llm_gateway::handlers::chat_completions', 'Handling chat completion request',
         uuid, printf('%016x', i * 4),
         json_object('api_key_name', api_key, 'model', model, 'stream', iif(stream, 'true', 'false'))
  FROM call
  UNION ALL
  SELECT ms + took_ms + 1, 'INFO', 'llm_gateway::handlers::chat_completions', completed, NULL, NULL,
         json_object('api_key_name', api_key, 'duration_ms', CAST(took_ms AS TEXT),
                     'input_tokens', CAST(input_tokens AS TEXT), 'model', model,
                     'output_tokens', CAST(output_tokens AS TEXT))
  FROM call WHERE status = 'success' AND NOT stream;

INSERT INTO logs (timestamp, level, target, message, request_id, span_id, fields)
SELECT row_of_log.* FROM row_of_log, instant WHERE timestamp <= end_ms ORDER BY timestamp;

-- A span per request that ended well.
INSERT INTO spans
SELECT printf('%016x', i * 4), NULL, uuid, 'chat_completions', 'server', ms, ms + took_ms, took_ms, 'ok',
       json_object('provider', provider, 'model', model, 'api_key_name', api_key)
FROM call, instant WHERE status = 'success' AND ms + took_ms <= end_ms ORDER BY ms + took_ms;

-- Saved every five minutes since the start; `counters` {} is a fresh process. Labels are dropped, and of a family
-- with several series the last one stays: that is this gateway's way, and the one thing to be said against it here.
INSERT INTO metrics_snapshots (timestamp, metrics)
WITH RECURSIVE nth(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM nth WHERE k < 143)
SELECT start_ms + 390 + k * 300000, json_object('counters', CASE k WHEN 0 THEN json('{}') ELSE json_object(
         'llm_requests_total', sum(call.model = iif(k % 2, 'gpt-4o-mini', 'claude-haiku-4-5'))) END,
       'gauges', json_object('llm_gateway_info', 1.0), 'histograms', json('{}'))
FROM instant, nth LEFT JOIN call ON call.ms <= start_ms + 390 + k * 300000
GROUP BY k ORDER BY k;

COMMIT;
