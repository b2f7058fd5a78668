CREATE TABLE groups (id integer PRIMARY KEY, name text NOT NULL, group_type text, upstreams JSON NOT NULL, model_redirect_rules JSON);
CREATE TABLE api_keys (id integer PRIMARY KEY, key_value text NOT NULL, key_hash text, group_id integer NOT NULL, status text NOT NULL, failure_count integer NOT NULL DEFAULT 0);
CREATE TABLE group_hourly_stats (id integer PRIMARY KEY, time datetime NOT NULL, group_id integer NOT NULL, success_count integer NOT NULL, failure_count integer NOT NULL);
CREATE TABLE request_logs (id text PRIMARY KEY, timestamp datetime NOT NULL, group_id integer NOT NULL, group_name text, parent_group_id integer, parent_group_name text, key_value text, key_hash text, model text, is_success numeric NOT NULL, source_ip text, status_code integer NOT NULL, request_path text, duration integer NOT NULL, error_message text, user_agent text, request_type text NOT NULL DEFAULT 'final', upstream_addr text, is_stream numeric NOT NULL, request_body text);
CREATE INDEX idx_request_logs_timestamp ON request_logs (timestamp);
CREATE INDEX idx_request_logs_request_type ON request_logs (request_type);
