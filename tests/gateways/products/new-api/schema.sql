CREATE TABLE channels (id integer PRIMARY KEY, type integer DEFAULT 0, key text, status integer DEFAULT 1, name text, models text, priority integer DEFAULT 0);
CREATE TABLE abilities ("group" text, model text, channel_id integer, enabled numeric, priority integer DEFAULT 0, weight integer DEFAULT 0, tag text, PRIMARY KEY ("group", model, channel_id));
CREATE TABLE logs (id integer PRIMARY KEY, user_id integer, created_at bigint, type integer, content text, username text DEFAULT '', token_name text DEFAULT '', model_name text DEFAULT '', quota integer DEFAULT 0, prompt_tokens integer DEFAULT 0, completion_tokens integer DEFAULT 0, use_time integer DEFAULT 0, is_stream numeric, channel_id integer, token_id integer DEFAULT 0, "group" text, ip text DEFAULT '', other text);
CREATE INDEX idx_created_at_type ON logs (created_at, type);
CREATE INDEX idx_created_at_id ON logs (id, created_at);
