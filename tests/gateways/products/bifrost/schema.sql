CREATE TABLE logs (id varchar(255) PRIMARY KEY, parent_request_id varchar(255), timestamp datetime NOT NULL, object_type varchar(255) NOT NULL,
  provider varchar(255) NOT NULL, model varchar(255) NOT NULL, number_of_retries integer DEFAULT 0, fallback_index integer DEFAULT 0, selected_key_name varchar(255),
  virtual_key_name varchar(255), input_history text, output_message text, latency real, cost real, status varchar(50) NOT NULL, error_details text,
  stream numeric DEFAULT false, prompt_tokens integer DEFAULT 0, completion_tokens integer DEFAULT 0, total_tokens integer DEFAULT 0, cached_read_tokens integer DEFAULT 0);
CREATE INDEX idx_logs_parent_request_id ON logs (parent_request_id);
CREATE INDEX idx_logs_timestamp ON logs (timestamp);
CREATE INDEX idx_logs_status ON logs (status);
