-- Half a day of a gateway with three providers, up to noon. It was down from 06:12 to 06:30 and counts anew since;
-- from 09:30 on every other request to the instance openai-eu times out, and it is down at noon.
-- Nothing here is random: a number times a prime, modulo a prime, is irregular enough.

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

CREATE TEMP TABLE instant (start_ms INTEGER, end_ms INTEGER, restart_ms INTEGER, trouble_ms INTEGER);
INSERT INTO instant SELECT strftime('%s', '2026-03-02 00:00:00') * 1000, strftime('%s', '2026-03-02 12:00:00') * 1000,
                           strftime('%s', '2026-03-02 06:30:00') * 1000, strftime('%s', '2026-03-02 09:30:00') * 1000;

-- Requests per minute: few at night, more from six o'clock on, none while the gateway is down.
CREATE TEMP TABLE minute (m INTEGER, requests INTEGER);
WITH RECURSIVE clock(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM clock WHERE m < 719)
INSERT INTO minute SELECT m, CASE WHEN m BETWEEN 372 AND 390 THEN 0
                                  WHEN m < 360 THEN 3 + m * 7 % 3
                                  ELSE 8 + m * 7 % 5 + (m - 360) / 90 END
FROM clock;

-- `weight` of ten; `completed` is what the log says when a request that does not stream has ended well.
CREATE TEMP TABLE model (
  place INTEGER, weight INTEGER, name TEXT, provider TEXT, endpoint TEXT, base_ms INTEGER, completed TEXT
);
INSERT INTO model VALUES
  (0, 4, 'gpt-4o-mini', 'openai', 'chat', 600, 'Completed chat completion request'),
  (4, 2, 'gpt-4o', 'openai', 'chat', 1200, 'Completed chat completion request'),
  (6, 2, 'claude-sonnet-4-5', 'anthropic', 'messages', 1800, 'Completed native Anthropic messages request'),
  (8, 1, 'claude-haiku-4-5', 'anthropic', 'chat', 500, 'Completed chat completion request via Anthropic'),
  (9, 1, 'gemini-2.5-flash', 'gemini', 'chat', 700, 'Completed chat completion request via Gemini');

-- A session stays with one instance, so the key decides which of the two of openai is asked.
CREATE TEMP TABLE client (place INTEGER, weight INTEGER, api_key TEXT, openai TEXT);
INSERT INTO client VALUES
  (0, 3, 'web-chat', 'openai-us'), (3, 2, 'support-bot', 'openai-us'),
  (5, 2, 'mobile-app', 'openai-eu'), (7, 2, 'batch-jobs', 'openai-eu'), (9, 1, 'evaluation', 'openai-eu');

CREATE TEMP TABLE request (i INTEGER PRIMARY KEY, ms INTEGER);
WITH RECURSIVE nth(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM nth WHERE k < 15)
INSERT INTO request (ms)
SELECT start_ms + m * 60000 + k * 60000 / requests + m * 7919 % 4000
FROM instant, minute JOIN nth ON k < requests ORDER BY 1;

CREATE TEMP TABLE call AS
SELECT i, ms, ms >= restart_ms AS counted, api_key, name AS model, provider, endpoint, completed,
       CASE provider WHEN 'openai' THEN openai WHEN 'anthropic' THEN 'anthropic-primary'
                     ELSE 'gemini-main' END AS instance,
       'llm_gateway::handlers::' || iif(endpoint = 'chat', 'chat_completions', 'messages') AS module,
       i * 6007 % 983 % 4 = 0 AS stream,
       base_ms + i * 3181 % 919 * base_ms / 600
         + CASE WHEN i * 4513 % 953 % 60 = 0 THEN 5000 + i * 1187 % 19 * 1100 ELSE 0 END AS took_ms,
       180 + i * 2909 % 947 * 2 AS input_tokens, 40 + i * 1297 % 941 % 600 AS output_tokens,
       CASE WHEN provider = 'openai' AND openai = 'openai-eu' AND ms >= trouble_ms AND i * 3571 % 977 % 100 < 52
              THEN 'failure'
            WHEN i * 2203 % 971 % 250 = 1 THEN 'failure'
            WHEN i * 1871 % 967 % 40 = 0 THEN 'business_error'
            ELSE 'success' END AS status,
       NULL AS status_code,
       printf('%08x-%04x-4%03x-a%03x-%012x', i * 2654435761 % 4294967296, i * 40503 % 65536, i * 7919 % 4096,
              i * 104729 % 4096, i * 2246822519 % 281474976710656) AS uuid
FROM instant, request
JOIN model ON i * 7919 % 997 % 10 BETWEEN model.place AND model.place + model.weight - 1
JOIN client ON i * 5417 % 991 % 10 BETWEEN client.place AND client.place + client.weight - 1;
-- An instance that does not answer is given ten seconds. Two clocks with that limit race, and whichever wins decides what
-- the client gets and what the log says.
UPDATE call SET took_ms = 10000, status_code = iif(i % 5, '502 Bad Gateway', '500 Internal Server Error')
WHERE status = 'failure' AND instance = 'openai-eu';
UPDATE call SET took_ms = 340, status_code = '503 Service Unavailable' WHERE status = 'failure' AND status_code IS NULL;
UPDATE call SET took_ms = 90 WHERE status = 'business_error';

-- Log rows. Only the start of a chat completion carries its request id; no row names the provider.
CREATE TEMP VIEW row_of_log AS
  SELECT ms AS timestamp, 'INFO' AS level, module AS target,
         iif(endpoint = 'chat', 'Handling chat completion request',
                                'Handling native Anthropic messages request') AS message,
         iif(endpoint = 'chat', uuid, NULL) AS request_id,
         iif(endpoint = 'chat', printf('%016x', i * 8), NULL) AS span_id,
         json_object('api_key_name', api_key, 'model', model, 'stream', iif(stream, 'true', 'false')) AS fields
  FROM call
  UNION ALL
  SELECT ms + took_ms + 1, 'INFO', module, completed, NULL, NULL,
         json_object('api_key_name', api_key, 'duration_ms', CAST(took_ms AS TEXT),
                     'input_tokens', CAST(input_tokens AS TEXT), 'model', model,
                     'output_tokens', CAST(output_tokens AS TEXT))
  FROM call WHERE status = 'success' AND NOT stream
  UNION ALL
  -- A failure of an instance leaves three rows: the answer to the client, the state of the instance, the session's.
  SELECT ms + took_ms + 1, 'ERROR', 'tower_http::trace::on_failure', 'response failed', NULL, NULL,
         json_object('classification', 'Status code: ' || status_code, 'latency', took_ms || ' ms')
  FROM call WHERE status = 'failure'
  UNION ALL
  SELECT ms + took_ms, 'WARN', 'llm_gateway::load_balancer', 'Instance marked unhealthy due to request failure', NULL, NULL,
         json_object('instance', instance)
  FROM call WHERE status = 'failure'
  UNION ALL
  -- A provider writes the key into its message; the report must not pass it on. One that is silent writes nothing.
  SELECT ms + took_ms, 'WARN', 'llm_gateway::retry',
         'Instance marked unhealthy, session will failover on next request', NULL, NULL,
         json_object('api_key_name', api_key, 'instance', instance,
                     'error', CASE instance WHEN 'openai-eu'
                       THEN 'HTTP request error: error sending request for url (https://eu.example/v1/chat/completions)'
                       ELSE 'Upstream error (' || status_code || '): no capacity for key sk-example-0000000000000000' END)
  FROM call WHERE status = 'failure' AND status_code NOT LIKE '500 %'
  UNION ALL
  SELECT ms + took_ms, 'WARN', 'llm_gateway::retry', 'Request timed out, instance marked unhealthy', NULL, NULL,
         json_object('api_key_name', api_key, 'instance', instance, 'timeout_seconds', '10')
  FROM call WHERE status = 'failure' AND status_code LIKE '500 %'
  UNION ALL
  SELECT start_ms + m * 60000 + 31000, 'WARN', 'llm_gateway::load_balancer',
         'Active health check failed, extending recovery time', NULL, NULL,
         json_object('instance', 'openai-eu')
  FROM instant, minute WHERE m >= 571 AND m % 2 = 0
  UNION ALL
  SELECT start_ms + m * 60000 + 47000, 'ERROR', 'llm_gateway::handlers::messages',
         'Failed to deserialize MessagesRequest', NULL, NULL,
         json_object('error', printf('missing field `max_tokens` at line 1 column %d', 200 + m * 31 % 700),
                     'request_sample', 'Some("{\"messages\":[{\"role\":\"user\",\"content\":\"what a client wrote\"}]}")')
  FROM instant, minute WHERE requests AND m % 9 = 4
  UNION ALL
  SELECT start_ms + m * 60000 + 52000, 'ERROR', 'llm_gateway::observability::writer',
         printf('Failed to flush log batch of %d rows: database is locked', 20 + m % 60), NULL, NULL, '{}'
  FROM instant, minute WHERE m IN (415, 688, 709)
  UNION ALL
  SELECT restart_ms + 385 + key, 'INFO', 'llm_gateway::server', value, NULL, NULL, '{}'
  FROM instant, json_each('["Observability subsystem initialized with SQLite logging",
    "Initializing Prometheus metrics...", "Spawned observability cleanup task", "Spawned metrics snapshot task",
    "Starting LLM Gateway on 0.0.0.0:8080",
    "Configuration: 9 routing rules, 5 API keys, 3 enabled providers"]');

INSERT INTO logs (timestamp, level, target, message, request_id, span_id, fields)
SELECT row_of_log.* FROM row_of_log, instant WHERE timestamp <= end_ms ORDER BY timestamp, level DESC;

-- One span per chat completion that ended well, that of a stream up to its first byte.
INSERT INTO spans
SELECT printf('%016x', i * 8), NULL, uuid, 'chat_completions', 'server', ms, ms + took, took, 'ok',
       json_object('provider', provider, 'model', model, 'api_key_name', api_key)
FROM (SELECT *, iif(stream, 250 + i % 400, took_ms) AS took FROM call), instant
WHERE status = 'success' AND endpoint = 'chat' AND ms + took <= end_ms ORDER BY ms + took;

-- Saved every five minutes; nothing while the gateway was down, and nothing from 10:05 to 10:25. `counters` {} is a
-- fresh process. Of a family with several series a snapshot keeps the last one it came across, hence the jumps.
CREATE TEMP TABLE snapshot (k INTEGER PRIMARY KEY, ms INTEGER, fresh INTEGER);
WITH RECURSIVE nth(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM nth WHERE k < 140)
INSERT INTO snapshot
SELECT k, CASE WHEN k < 74 THEN start_ms + 140000 + k * 300000 ELSE restart_ms + 390 + (k - 74) * 300000 END, k = 74
FROM nth, instant WHERE k < 140 AND k NOT BETWEEN 117 AND 121;

INSERT INTO metrics_snapshots (timestamp, metrics)
SELECT saved.ms, json_object('counters', CASE WHEN fresh THEN json('{}') ELSE json_object(
         'llm_gateway_instance_requests_total',
         coalesce(sum(call.instance = CASE k % 3 WHEN 0 THEN 'openai-us'
                                                 WHEN 1 THEN 'openai-eu' ELSE 'gemini-main' END), 0),
         'llm_requests_total', coalesce(sum(call.model = iif(k % 2, 'gpt-4o', 'gpt-4o-mini')), 0)) END,
       'gauges', json_object('llm_gateway_info', 1.0), 'histograms', json('{}'))
FROM instant, snapshot AS saved LEFT JOIN call ON call.ms <= saved.ms AND call.counted = (saved.ms > restart_ms)
GROUP BY k ORDER BY saved.ms;

COMMIT;
