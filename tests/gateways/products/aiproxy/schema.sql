CREATE TABLE channels (id integer PRIMARY KEY, type integer, name text, key text, status integer, priority integer);
CREATE TABLE retry_logs (id integer PRIMARY KEY, request_at datetime, created_at datetime, code integer, model text, channel_id integer, request_id text, retry_times integer);
CREATE TABLE logs (id integer PRIMARY KEY, request_at datetime, retry_at datetime, created_at datetime, ttfb_milliseconds integer, token_name text, endpoint text, content text, group_id text, model text, request_id text, token_id integer, channel_id integer, code integer, mode integer, retry_times integer, input_tokens integer, output_tokens integer, cached_tokens integer, cache_creation_tokens integer, reasoning_tokens integer, used_amount real);
CREATE INDEX idx_logs_created_at ON logs (created_at);
