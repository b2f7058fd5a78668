-- The later gateway of the same product: no metrics endpoint, one row per successful request. A working day of a
-- company with three providers. A request that failed left no row, so nothing here tells of errors.

CREATE TABLE requests (
  request_id TEXT PRIMARY KEY,
  timestamp INTEGER NOT NULL,  -- Unix milliseconds, when the answer was there
  date TEXT NOT NULL,          -- this and the next in the gateway's local time
  hour INTEGER NOT NULL,
  api_key_name TEXT NOT NULL,
  provider TEXT NOT NULL,
  instance TEXT NOT NULL,
  model TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  status TEXT NOT NULL,
  error_type TEXT,
  error_message TEXT,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  total_tokens INTEGER NOT NULL DEFAULT 0,
  cache_creation_input_tokens INTEGER NOT NULL DEFAULT 0,
  cache_read_input_tokens INTEGER NOT NULL DEFAULT 0,
  duration_ms INTEGER NOT NULL,
  input_cost REAL NOT NULL DEFAULT 0.0,  -- costs in US dollars
  output_cost REAL NOT NULL DEFAULT 0.0,
  cache_write_cost REAL NOT NULL DEFAULT 0.0,
  cache_read_cost REAL NOT NULL DEFAULT 0.0,
  total_cost REAL NOT NULL DEFAULT 0.0,
  created_at INTEGER NOT NULL,
  session_id TEXT              -- native Anthropic requests only
);
CREATE INDEX idx_requests_timestamp ON requests(timestamp DESC);
CREATE INDEX idx_requests_date ON requests(date DESC);
CREATE INDEX idx_requests_provider_model ON requests(provider, model, date DESC);
CREATE INDEX idx_requests_api_key ON requests(api_key_name, date DESC);
CREATE INDEX idx_requests_instance ON requests(instance, timestamp DESC);
CREATE INDEX idx_requests_status ON requests(status, date);
CREATE INDEX idx_requests_endpoint ON requests(endpoint, date DESC);
CREATE INDEX idx_requests_timeseries ON requests(provider, date, hour);
CREATE INDEX idx_requests_total_cost ON requests(total_cost);
CREATE INDEX idx_requests_model_cost ON requests(model, total_cost);
CREATE INDEX idx_requests_session_id ON requests(session_id);

-- Has a writer that nothing calls: always empty.
CREATE TABLE failover_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp TEXT NOT NULL,
  provider TEXT NOT NULL,
  instance TEXT NOT NULL,
  event_type TEXT NOT NULL,
  failure_type TEXT,
  error_message TEXT,
  consecutive_failures INTEGER NOT NULL DEFAULT 0,
  next_retry_secs INTEGER
);
CREATE INDEX idx_failover_timestamp ON failover_events(timestamp DESC);
CREATE INDEX idx_failover_instance ON failover_events(instance, timestamp DESC);
CREATE INDEX idx_failover_provider ON failover_events(provider, timestamp DESC);
CREATE INDEX idx_failover_event_type ON failover_events(event_type, timestamp DESC);

BEGIN;

-- Prices in US dollars per million tokens; `weight` of ten.
CREATE TEMP TABLE model (
  place INTEGER, weight INTEGER, name TEXT, provider TEXT, instance TEXT, endpoint TEXT, base_ms INTEGER,
  input_price REAL, output_price REAL, cached INTEGER
);
INSERT INTO model VALUES
  (0, 4, 'claude-sonnet-4-5', 'anthropic', 'anthropic-team', '/v1/messages', 1900, 3.0, 15.0, 1),
  (4, 4, 'gpt-4o-mini', 'openai', 'openai-main', '/v1/chat/completions', 600, 0.15, 0.6, 0),
  (8, 1, 'gpt-4o', 'openai', 'openai-main', '/v1/chat/completions', 1300, 2.5, 10.0, 0),
  (9, 1, 'gemini-2.5-flash', 'gemini', 'gemini-main', '/v1/chat/completions', 700, 0.3, 2.5, 0);

-- From seven in the morning to six in the evening: a request every 15 seconds or so, one in 30 over lunch.
CREATE TEMP TABLE request AS
WITH RECURSIVE nth(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM nth WHERE i < 2640)
SELECT i, strftime('%s', '2026-04-01 07:00:00') * 1000 + i * 15000 - i * 7919 % 9000 AS ms,
       i * 3181 % 919 AS spread, 300 + i * 2909 % 947 * 3 AS input, 60 + i * 1297 % 941 AS output
FROM nth WHERE i NOT BETWEEN 1200 AND 1440 OR i % 2;

INSERT INTO requests
SELECT printf('%08x-%04x-4%03x-a%03x-%012x', i * 2654435761 % 4294967296, i * 40503 % 65536, i * 7919 % 4096,
              i * 104729 % 4096, i * 2246822519 % 281474976710656),
       ms, date(ms / 1000, 'unixepoch'), CAST(strftime('%H', ms / 1000, 'unixepoch') AS INTEGER),
       CASE i * 5417 % 991 % 4 WHEN 0 THEN 'editor-plugin' WHEN 1 THEN 'intranet-search' ELSE 'support-bot' END,
       provider, instance, name, endpoint, 'success', NULL, NULL,
       input, output, input + output, cached * input / 4, cached * input * 2,
       base_ms + spread * base_ms / 600 + CASE WHEN i * 4513 % 953 % 90 = 0 THEN 6000 + spread * 11 ELSE 0 END,
       input * input_price / 1e6, output * output_price / 1e6,
       cached * (input / 4) * input_price * 1.25 / 1e6, cached * input * 2 * input_price * 0.1 / 1e6,
       (input * input_price + output * output_price
        + cached * ((input / 4) * input_price * 1.25 + input * 2 * input_price * 0.1)) / 1e6,
       ms + 2, CASE cached WHEN 1 THEN printf('session-%d', i * 31 % 12) END
FROM request JOIN model ON i * 7919 % 997 % 10 BETWEEN model.place AND model.place + model.weight - 1
ORDER BY ms;

COMMIT;
