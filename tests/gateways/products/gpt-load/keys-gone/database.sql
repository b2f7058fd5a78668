CREATE TABLE groups (id integer PRIMARY KEY, name text NOT NULL, group_type text, upstreams JSON NOT NULL, model_redirect_rules JSON);
CREATE TABLE api_keys (id integer PRIMARY KEY, key_value text NOT NULL, key_hash text, group_id integer NOT NULL, status text NOT NULL, failure_count integer NOT NULL DEFAULT 0);
CREATE TABLE group_hourly_stats (id integer PRIMARY KEY, time datetime NOT NULL, group_id integer NOT NULL, success_count integer NOT NULL, failure_count integer NOT NULL);
CREATE TABLE request_logs (id text PRIMARY KEY, timestamp datetime NOT NULL, group_id integer NOT NULL, group_name text, parent_group_id integer, parent_group_name text, key_value text, key_hash text, model text, is_success numeric NOT NULL, source_ip text, status_code integer NOT NULL, request_path text, duration integer NOT NULL, error_message text, user_agent text, request_type text NOT NULL DEFAULT 'final', upstream_addr text, is_stream numeric NOT NULL, request_body text);
CREATE INDEX idx_request_logs_timestamp ON request_logs (timestamp);
CREATE INDEX idx_request_logs_request_type ON request_logs (request_type);
INSERT INTO groups VALUES (1, 'chat', 'standard', '[{"url":"https://one.example/v1","weight":1}]', '{}'), (2, 'mapped', 'standard', '[{"url":"https://two.example","weight":1}]', '{"small":"tiny"}'), (3, 'both', 'aggregate', '[]', '{}');
INSERT INTO api_keys VALUES (1, 'k1', 'h1', 1, 'invalid', 3), (2, 'k2', 'h2', 1, 'invalid', 3), (3, 'k3', 'h3', 2, 'active', 0), (4, 'k4', 'h4', 2, 'invalid', 3);
-- Group chat is refused, retried once each and then out of keys; group mapped answers, but for its clock and a model it maps.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO request_logs SELECT 'r' || i, strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 17:30:00', '+' || (20 * i) || ' seconds') || '+08:00', 1 + i % 2, iif(i % 2, 'mapped', 'chat'), 0, '', '', '', 'small', i % 2, '10.0.0.1', iif(i % 2, 200, iif(i <= 12, 401, 503)), '/proxy/chat/v1/chat/completions', 90, iif(i % 2, '', iif(i <= 12, 'Incorrect API key provided', 'No active API keys available for this group')), 'client', 'final', iif(i % 2, 'https://two.example/v1/chat/completions', iif(i <= 12, 'https://one.example/v1/chat/completions', '')), 0, '' FROM n;
INSERT INTO request_logs SELECT 'a' || id, timestamp, group_id, group_name, 0, '', '', '', model, 0, source_ip, 401, request_path, 40, error_message, user_agent, 'retry', upstream_addr, 0, '' FROM request_logs WHERE status_code = 401;
UPDATE request_logs SET is_success = 0, status_code = 500, error_message = 'Post "https://two.example/v1/chat/completions": context deadline exceeded' WHERE id = 'r59';
UPDATE request_logs SET is_success = 0, status_code = 404, error_message = '' WHERE id = 'r57';
UPDATE request_logs SET is_success = 0, status_code = 499, error_message = 'context canceled' WHERE id = 'r55';
