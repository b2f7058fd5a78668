CREATE TABLE usage_logs (id VARCHAR NOT NULL PRIMARY KEY, api_key_id VARCHAR, user_id VARCHAR, timestamp DATETIME NOT NULL, model VARCHAR NOT NULL,
  provider VARCHAR, endpoint VARCHAR NOT NULL, prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER, cost NUMERIC(18, 6),
  status VARCHAR NOT NULL, error_message VARCHAR, cache_read_tokens INTEGER, cache_write_tokens INTEGER, latency_ms INTEGER,
  source VARCHAR DEFAULT 'gateway' NOT NULL, status_code INTEGER, policy_name VARCHAR, attempt_position INTEGER, attempt_count INTEGER, request_group_id VARCHAR);
CREATE INDEX ix_usage_logs_timestamp ON usage_logs (timestamp);
CREATE INDEX ix_usage_logs_source ON usage_logs (source);
CREATE TABLE api_keys (id VARCHAR NOT NULL PRIMARY KEY, key_hash VARCHAR NOT NULL, key_name VARCHAR);
