CREATE TABLE spans (id INTEGER PRIMARY KEY, trace_rowid INTEGER NOT NULL, span_id VARCHAR NOT NULL UNIQUE, parent_id VARCHAR, name VARCHAR NOT NULL,
  span_kind VARCHAR NOT NULL, start_time TIMESTAMP NOT NULL, end_time TIMESTAMP NOT NULL, attributes JSONB NOT NULL, events JSONB NOT NULL, status_code VARCHAR NOT NULL,
  status_message VARCHAR NOT NULL, cumulative_error_count INTEGER NOT NULL, cumulative_llm_token_count_prompt INTEGER NOT NULL,
  cumulative_llm_token_count_completion INTEGER NOT NULL, llm_token_count_prompt INTEGER, llm_token_count_completion INTEGER);
CREATE INDEX ix_spans_start_time ON spans (start_time);
CREATE INDEX ix_spans_parent_id ON spans (parent_id);
CREATE INDEX ix_spans_session_id ON spans (CAST(json_extract(attributes, '$.session.id') AS VARCHAR));
CREATE TABLE span_costs (id INTEGER PRIMARY KEY, span_rowid INTEGER NOT NULL, total_cost FLOAT, total_tokens FLOAT);
