CREATE TABLE request_logs (id TEXT PRIMARY KEY, started_at TEXT NOT NULL, completed_at TEXT NOT NULL, duration_ms INTEGER NOT NULL, http_status INTEGER, error TEXT,
  gen_ai_operation_name TEXT, gen_ai_provider_name TEXT, gen_ai_request_model TEXT, input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER, cost REAL,
  agentgateway_user TEXT, has_payload INTEGER NOT NULL, attributes_json TEXT NOT NULL);
CREATE TABLE request_log_payloads (log_id TEXT PRIMARY KEY, request_prompt_json TEXT, response_completion_json TEXT);
CREATE INDEX idx_request_logs_completed_at ON request_logs (completed_at DESC, id DESC);
