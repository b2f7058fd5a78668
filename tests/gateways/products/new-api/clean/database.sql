INSERT INTO channels (id, status, name) VALUES (1, 1, 'first'), (2, 1, 'second');
INSERT INTO abilities VALUES ('default', 'big', 1, 1, 0, 0, NULL), ('default', 'big', 2, 1, 0, 0, NULL);
-- 40 charged requests from 09:30 UTC, every second one a stream, and what is no request: a top-up, a task's correction, a refund.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO logs (id, created_at, type, content, token_name, model_name, quota, prompt_tokens, completion_tokens, use_time, is_stream, channel_id, token_id, other) SELECT 10 * i, unixepoch('2026-11-20 09:30:00') + 20 * i, 2, 'ratio', 'web', 'big', 500, 100, 20, 2, i % 2, 1, 7, json_object('frt', 300 + i, 'cache_tokens', 25, 'admin_info', json_object('use_channel', json_array('1'))) FROM n;
INSERT INTO logs (id, created_at, type, content, model_name, quota, channel_id, other) VALUES (11, unixepoch('2026-11-20 09:31:00'), 1, 'top-up', '', 0, 0, ''), (12, unixepoch('2026-11-20 09:32:00'), 2, 'correction', 'video', 50, 1, '{"task_id":"t1","quota_delta":50}'), (13, unixepoch('2026-11-20 09:32:00'), 6, 'refund', 'video', -50, 1, '');
