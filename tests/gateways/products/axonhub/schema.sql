CREATE TABLE api_keys (id integer PRIMARY KEY, created_at datetime, key text NOT NULL, name text NOT NULL, status text NOT NULL DEFAULT 'enabled');
CREATE TABLE channels (id integer PRIMARY KEY, type text NOT NULL, name text NOT NULL, status text NOT NULL, credentials json NOT NULL, supported_models json NOT NULL);
CREATE TABLE requests (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime NOT NULL, source text NOT NULL DEFAULT 'api', model_id text NOT NULL, format text NOT NULL, request_body json NOT NULL, response_body json, response_chunks json, status text NOT NULL, api_key_id integer, channel_id integer);
CREATE TABLE request_executions (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime NOT NULL, model_id text NOT NULL, request_body json NOT NULL, response_body json, response_chunks json, error_message text, status text NOT NULL, channel_id integer NOT NULL, request_id integer NOT NULL);
CREATE TABLE usage_logs (id integer PRIMARY KEY, created_at datetime NOT NULL, model_id text NOT NULL, prompt_tokens integer NOT NULL, completion_tokens integer NOT NULL, prompt_cached_tokens integer, completion_reasoning_tokens integer, channel_id integer, request_id integer NOT NULL);
CREATE INDEX requests_by_created_at ON requests (created_at);
CREATE INDEX request_executions_by_request_id ON request_executions (request_id);
CREATE INDEX usage_logs_by_request_id ON usage_logs (request_id);
