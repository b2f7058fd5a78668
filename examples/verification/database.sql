-- A gateway of one workstation over seventeen hours: started six times, asked for 25 completions in all,
-- 14 of them since its last start at 00:50:42. Nothing it did wrong left a row.

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

-- What the process writes when it starts: five rows, and two more once it saves its metrics.
CREATE TEMP TABLE started (at TEXT, saves_metrics INTEGER);
INSERT INTO started VALUES
  ('2026-01-08 08:47:23', 0), ('2026-01-08 09:04:12', 0), ('2026-01-08 14:35:23', 0),
  ('2026-01-08 14:42:47', 1), ('2026-01-08 14:56:23', 1), ('2026-01-09 00:50:42', 1);

CREATE TEMP TABLE start_row (place INTEGER, module TEXT, message TEXT, fields TEXT, saves_metrics INTEGER);
INSERT INTO start_row VALUES
  (1, '', 'Observability layer added to tracing subscriber', '{}', 0),
  (2, '::server', 'Observability subsystem initialized with SQLite logging',
      '{"batch_size":"100","database":"./data/observability.db","flush_interval_ms":"100"}', 0),
  (3, '::server', 'Initializing Prometheus metrics...', '{}', 0),
  (4, '::server', 'Spawned observability cleanup task', '{"cleanup_hour":"3"}', 1),
  (5, '::server', 'Spawned metrics snapshot task', '{"interval_seconds":"300"}', 1),
  (6, '::server', 'Starting LLM Gateway on 0.0.0.0:8080', '{}', 0),
  (7, '::server', 'Configuration: 7 routing rules, 2 API keys, 2 enabled providers', '{}', 0);

-- Requests: `completed_ms` NULL is a stream, or a request whose provider refused it.
CREATE TEMP TABLE asked (at TEXT, ms INTEGER, endpoint TEXT, model TEXT, stream TEXT, completed_ms INTEGER, session TEXT);
INSERT INTO asked VALUES
  ('2026-01-08 08:47:39', 904, 'chat', 'claude-3-5-sonnet-20241022', 'false', NULL, 'anthropic-primary'),
  ('2026-01-08 08:47:41', 313, 'chat', 'claude-3-5-sonnet-20241022', 'false', NULL, NULL),
  ('2026-01-08 08:47:42', 337, 'chat', 'claude-3-5-sonnet-20241022', 'false', NULL, NULL),
  ('2026-01-08 09:04:31', 509, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  ('2026-01-08 09:04:31', 509, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  ('2026-01-08 09:04:31', 510, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  ('2026-01-08 09:04:31', 511, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  ('2026-01-08 09:04:31', 511, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  ('2026-01-08 14:36:09', 327, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  ('2026-01-08 14:36:09', 327, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  ('2026-01-08 14:36:09', 327, 'chat', 'qwen2.5:3b', 'false', NULL, NULL),
  -- Six streams through the native endpoint: counted as successes, never timed.
  ('2026-01-09 00:54:07', 213, 'messages', 'claude-haiku-4-5-20251001', 'true', NULL, 'anthropic-primary'),
  ('2026-01-09 00:54:07', 459, 'messages', 'claude-sonnet-4-5-20250929', 'true', NULL, NULL),
  ('2026-01-09 00:54:07', 459, 'messages', 'claude-sonnet-4-5-20250929', 'true', NULL, NULL),
  ('2026-01-09 00:54:07', 460, 'messages', 'claude-haiku-4-5-20251001', 'true', NULL, NULL),
  ('2026-01-09 00:54:09', 56, 'messages', 'claude-haiku-4-5-20251001', 'true', NULL, NULL),
  ('2026-01-09 00:54:09', 71, 'messages', 'claude-sonnet-4-5-20250929', 'true', NULL, NULL),
  -- Five that the provider refused: business_error in the metrics, not a word in the log.
  ('2026-01-09 01:07:19', 111, 'chat', 'gpt-4', 'false', NULL, 'ollama-local'),
  ('2026-01-09 01:07:19', 699, 'chat', 'gpt-4', 'false', NULL, NULL),
  ('2026-01-09 01:07:20', 218, 'chat', 'gpt-4', 'false', NULL, NULL),
  ('2026-01-09 01:07:20', 764, 'chat', 'gpt-4', 'false', NULL, NULL),
  ('2026-01-09 01:07:21', 296, 'chat', 'gpt-4', 'false', NULL, NULL),
  -- Three that were waited for: the only ones with tokens and a duration.
  ('2026-01-09 01:09:09', 123, 'messages', 'claude-sonnet-4-5-20250929', 'false', 4146, NULL),
  ('2026-01-09 01:09:14', 331, 'messages', 'claude-sonnet-4-5-20250929', 'false', 4080, NULL),
  ('2026-01-09 01:09:19', 455, 'messages', 'claude-sonnet-4-5-20250929', 'false', 2967, NULL);

CREATE TEMP VIEW row_of_log AS
  SELECT strftime('%s', at) * 1000 + 385 + place AS timestamp, 'llm_gateway' || module AS target, message,
         NULL AS request_id, NULL AS span_id, fields
  FROM started JOIN start_row ON start_row.saves_metrics <= started.saves_metrics
  UNION ALL
  SELECT strftime('%s', at) * 1000 + ms,
         iif(endpoint = 'chat', 'llm_gateway::handlers::chat_completions', 'llm_gateway::handlers::messages'),
         iif(endpoint = 'chat', 'Handling chat completion request', 'Handling native Anthropic messages request'),
         iif(endpoint = 'chat', printf('%08x-0000-4000-8000-%012x', rowid, ms), NULL),
         iif(endpoint = 'chat', printf('%08x-0000-4000-9000-%012x', rowid, ms), NULL),
         json_object('api_key_name', 'frontend-app', 'model', model, 'stream', stream)
  FROM asked
  UNION ALL
  SELECT strftime('%s', at) * 1000 + ms, 'llm_gateway::load_balancer', 'Created new session', NULL, NULL,
         json_object('api_key', 'frontend-app', 'instance', session)
  FROM asked WHERE session IS NOT NULL
  UNION ALL
  SELECT strftime('%s', at) * 1000 + ms + completed_ms + 1, 'llm_gateway::handlers::messages',
         'Completed native Anthropic messages request', NULL, NULL,
         json_object('api_key_name', 'frontend-app', 'content_blocks', '1', 'duration_ms', CAST(completed_ms AS TEXT),
                     'input_tokens', '24', 'model', model, 'output_tokens', '20', 'stop_reason', 'Some("max_tokens")')
  FROM asked WHERE completed_ms IS NOT NULL;

INSERT INTO logs (timestamp, level, target, message, request_id, span_id, fields)
SELECT timestamp, 'INFO', target, message, request_id, span_id, fields FROM row_of_log
ORDER BY timestamp, message = 'Created new session';

-- Saved every five minutes while the workstation is awake, 29 times. A snapshot keeps one series of a family,
-- whichever came last: 9 and 5 are two instances, 72 and 60 two directions. `counters` {} is a fresh process.
CREATE TEMP TABLE saved (at TEXT, instance_requests INTEGER, tokens INTEGER);
INSERT INTO saved VALUES
  ('2026-01-08 14:42:47', NULL, NULL), ('2026-01-08 14:47:47', NULL, NULL), ('2026-01-08 14:52:47', NULL, NULL),
  ('2026-01-08 14:56:23', NULL, NULL), ('2026-01-08 15:01:23', NULL, NULL), ('2026-01-08 15:06:23', NULL, NULL),
  ('2026-01-08 15:11:23', NULL, NULL), ('2026-01-08 15:16:23', NULL, NULL), ('2026-01-08 15:21:23', NULL, NULL),
  ('2026-01-08 15:26:23', NULL, NULL), ('2026-01-08 15:31:23', NULL, NULL), ('2026-01-08 15:36:23', NULL, NULL),
  ('2026-01-08 17:03:03', NULL, NULL), ('2026-01-08 21:35:07', NULL, NULL), ('2026-01-08 23:11:19', NULL, NULL),
  ('2026-01-08 23:16:19', NULL, NULL), ('2026-01-08 23:21:19', NULL, NULL), ('2026-01-08 23:26:19', NULL, NULL),
  ('2026-01-08 23:31:19', NULL, NULL), ('2026-01-09 00:14:29', NULL, NULL), ('2026-01-09 00:47:07', NULL, NULL),
  ('2026-01-09 00:50:42', NULL, NULL),
  ('2026-01-09 00:55:42', 6, NULL), ('2026-01-09 01:00:42', 6, NULL), ('2026-01-09 01:05:42', 6, NULL),
  ('2026-01-09 01:10:42', 9, 60), ('2026-01-09 01:15:42', 5, 72),
  ('2026-01-09 01:20:42', 9, 60), ('2026-01-09 01:25:42', 5, 72);

INSERT INTO metrics_snapshots (timestamp, metrics)
SELECT strftime('%s', at) * 1000 + 804, json_object(
    'counters', json_patch('{}', json_object('llm_gateway_instance_requests_total', instance_requests,
                                             'llm_requests_total', iif(instance_requests IS NULL, NULL, 3),
                                             'llm_tokens_total', tokens)),
    'gauges', json_object('llm_gateway_info', 1.0),
    'histograms', json_patch('{}', json_object('llm_request_duration_seconds_count', iif(tokens IS NULL, NULL, 3))))
FROM saved;

COMMIT;
