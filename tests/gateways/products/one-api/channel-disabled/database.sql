INSERT INTO channels (id, status, name) VALUES (1, 1, 'first'), (2, 1, 'second'), (3, 2, 'switched-off');
INSERT INTO abilities VALUES ('default', 'big', 1, 1, 0), ('default', 'big', 2, 1, 0), ('default', 'small', 2, 1, 0), ('default', 'old', 3, 0, 0);
-- 50 charged requests from 09:30 UTC; of type 1 is a top-up, of type 5 the test of a channel.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO logs (user_id, created_at, type, content, token_name, model_name, quota, prompt_tokens, completion_tokens, channel_id, request_id, elapsed_time, is_stream) SELECT 1, unixepoch('2026-11-20 09:30:00') + 20 * i, 2, 'ratio', iif(i % 5, 'web', 'batch'), iif(i % 2, 'big', 'small'), 1000, 30, 12, iif(i % 2, 1, 2), 'q' || i, 200 + i, i % 2 FROM n;
INSERT INTO logs (user_id, created_at, type, content, channel_id) VALUES (1, unixepoch('2026-11-20 09:31:00'), 1, 'top-up', 0), (1, unixepoch('2026-11-20 09:32:00'), 5, 'test', 1);
-- The gateway disabled the only channel for the small model, and one of two for the big one.
UPDATE channels SET status = 3 WHERE id = 2;
UPDATE abilities SET enabled = 0 WHERE channel_id = 2;
-- A spare that the gateway disabled too: everything it served is served elsewhere.
INSERT INTO channels (id, status, name) VALUES (4, 3, 'spare');
INSERT INTO abilities VALUES ('default', 'big', 4, 0, 0);
