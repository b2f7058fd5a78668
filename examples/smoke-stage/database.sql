-- A gateway two minutes after its start: 5 requests for a model that is not there, 3 good ones. The 10 with bad keys
-- left no row.

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


BEGIN;

CREATE TEMP TABLE asked (at TEXT, ms INTEGER, model TEXT, completed_ms INTEGER);
INSERT INTO asked VALUES
  ('2026-05-04 09:01:31', 214, 'claude-none', NULL), ('2026-05-04 09:01:31', 377, 'claude-none', NULL),
  ('2026-05-04 09:01:31', 541, 'claude-none', NULL), ('2026-05-04 09:01:31', 702, 'claude-none', NULL),
  ('2026-05-04 09:01:31', 866, 'claude-none', NULL),
  ('2026-05-04 09:01:32', 20, 'claude-sonnet-4-5', 2466), ('2026-05-04 09:01:34', 511, 'claude-sonnet-4-5', 1118),
  ('2026-05-04 09:01:35', 652, 'claude-sonnet-4-5', 904);

CREATE TEMP VIEW request AS
  SELECT strftime('%s', at) * 1000 + ms AS began, model, completed_ms,
         printf('%08x-0000-4000-8000-%012x', rowid, ms) AS request_id, printf('%016x', rowid) AS span_id
  FROM asked;

CREATE TEMP VIEW row_of_log AS
  SELECT strftime('%s', '2026-05-04 09:00:00') * 1000 + 385 AS timestamp, 'llm_gateway::server' AS target,
         'Starting LLM Gateway on 0.0.0.0:8080' AS message, NULL AS request_id, '{}' AS fields
  UNION ALL
  SELECT began, 'llm_gateway::handlers::chat_completions', 'Handling chat completion request', request_id,
         json_object('api_key_name', 'smoke', 'model', model, 'stream', 'false')
  FROM request
  UNION ALL
  SELECT began + completed_ms, 'llm_gateway::handlers::chat_completions', 'Completed chat completion request', NULL,
         json_object('api_key_name', 'smoke', 'duration_ms', CAST(completed_ms AS TEXT), 'input_tokens', '11',
                     'model', model, 'output_tokens', '4')
  FROM request WHERE completed_ms IS NOT NULL;

INSERT INTO logs (timestamp, level, target, message, request_id, fields)
SELECT timestamp, 'INFO', target, message, request_id, fields FROM row_of_log ORDER BY timestamp;

-- One span per answered chat completion; a refused one leaves none.
INSERT INTO spans (span_id, request_id, name, kind, start_time, end_time, duration_ms, status, attributes)
SELECT span_id, request_id, 'chat_completions', 'server', began, began + completed_ms, completed_ms, 'ok',
       json_object('provider', 'anthropic', 'model', model, 'api_key_name', 'smoke')
FROM request WHERE completed_ms IS NOT NULL;

-- The first snapshot is of a process that has counted nothing yet.
INSERT INTO metrics_snapshots (timestamp, metrics)
VALUES (strftime('%s', '2026-05-04 09:00:00') * 1000 + 804,
        json_object('counters', json('{}'), 'gauges', json_object('llm_gateway_info', 1.0), 'histograms', json('{}')));

COMMIT;
