CREATE TABLE audit_logs (id TEXT PRIMARY KEY, timestamp DATETIME NOT NULL, duration_ns INTEGER DEFAULT 0, requested_model TEXT,
  resolved_model TEXT, provider TEXT, provider_name TEXT, alias_used INTEGER DEFAULT 0, workflow_version_id TEXT, cache_type TEXT,
  status_code INTEGER DEFAULT 0, request_id TEXT, auth_key_id TEXT, auth_method TEXT, client_ip TEXT, method TEXT, path TEXT, user_path TEXT,
  stream INTEGER DEFAULT 0, error_type TEXT, data JSON);
CREATE INDEX idx_audit_timestamp ON audit_logs(timestamp);
CREATE INDEX idx_audit_response_id ON audit_logs(json_extract(data, '$.response_body.id'));
CREATE TABLE usage (id TEXT PRIMARY KEY, request_id TEXT NOT NULL, provider_id TEXT NOT NULL, timestamp DATETIME NOT NULL, model TEXT NOT NULL,
  provider TEXT NOT NULL, provider_name TEXT, endpoint TEXT NOT NULL, user_path TEXT, cache_type TEXT, input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0, total_tokens INTEGER NOT NULL DEFAULT 0, raw_data JSON, input_cost REAL, output_cost REAL,
  total_cost REAL, costs_calculation_caveat TEXT DEFAULT '');
CREATE INDEX idx_usage_request_id ON usage(request_id);
CREATE TABLE auth_keys (id TEXT PRIMARY KEY, name TEXT NOT NULL, secret_hash TEXT NOT NULL UNIQUE);
