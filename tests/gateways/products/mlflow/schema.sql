CREATE TABLE trace_info (request_id VARCHAR(50) NOT NULL PRIMARY KEY, experiment_id INTEGER NOT NULL, timestamp_ms BIGINT NOT NULL, execution_time_ms BIGINT,
  status VARCHAR(50) NOT NULL, request_preview VARCHAR(1000), response_preview VARCHAR(1000), trace_name VARCHAR(4096), input_tokens BIGINT, output_tokens BIGINT,
  total_tokens BIGINT, cache_read_input_tokens BIGINT, total_cost FLOAT);
CREATE INDEX index_trace_info_timestamp_ms_request_id ON trace_info (timestamp_ms, request_id);
CREATE TABLE spans (trace_id VARCHAR(50) NOT NULL, experiment_id INTEGER NOT NULL, span_id VARCHAR(50) NOT NULL, parent_span_id VARCHAR(50), name TEXT, type VARCHAR(500),
  status VARCHAR(50) NOT NULL, start_time_unix_nano BIGINT NOT NULL, end_time_unix_nano BIGINT, content TEXT NOT NULL, model_name VARCHAR(500), model_provider VARCHAR(500),
  PRIMARY KEY (trace_id, span_id));
