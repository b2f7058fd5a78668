INSERT INTO channels VALUES (1, 1, 'first', 'secret', 1, 10), (2, 1, 'second', 'secret', 1, 5);
-- 60 requests of 200 ms each from 17:30 at +08:00, which is 09:30 UTC; every tenth was tried twice.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO logs SELECT i, strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 17:30:00', '+' || (20 * i - 0.2) || ' seconds') || '123456+08:00', NULL, strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 17:30:00', '+' || (20 * i) || ' seconds') || '123456+08:00', 150, iif(i % 3, 'web', 'batch'), '/v1/chat/completions', NULL, 'team', 'big', 'q' || i, 1, iif(i % 2, 1, 2), 200, 1, iif(i % 10, NULL, 1), 50, 20, iif(i % 5, NULL, 10), NULL, NULL, 0.002 FROM n;
-- The second channel refuses its key, then times out; 429 without a channel is the gateway's own limit, with one the upstream's.
UPDATE logs SET code = 401, content = 'bad key', input_tokens = NULL, output_tokens = NULL, used_amount = 0 WHERE channel_id = 2 AND id > 40;
UPDATE logs SET code = 408, content = 'request timeout' WHERE channel_id = 2 AND id > 50;
UPDATE logs SET code = 429, content = 'slow down', input_tokens = NULL, output_tokens = NULL, used_amount = 0 WHERE id IN (1, 3);
UPDATE logs SET channel_id = 0 WHERE id = 3;
