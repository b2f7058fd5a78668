INSERT INTO accounts (id, name, paused) VALUES ('a1', 'first', 0), ('a2', 'second', 0), ('a3', 'on-holiday', 1);
-- 48 answers from 09:30 UTC, the time being that of their end; every fourth with a price.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 48)
INSERT INTO requests SELECT 'r' || i, 1000 * unixepoch('2026-11-20 09:30:00') + 20000 * i, 'POST', '/v1/messages', 'a1', 200, 1, NULL, 1000, 0, 'claude', NULL, NULL, iif(i % 4, NULL, 0.01), 30, 20, NULL, 10, 'k1', 'web' FROM n;
-- Two of them were refused by the first account: that call has a row with an id of its own, which ended sooner.
UPDATE requests SET account_used = 'a2', failover_attempts = 1 WHERE id IN ('r7', 'r8');
INSERT INTO requests SELECT 'call-' || id, timestamp - 900, method, path, 'a1', 429, 0, 'model_fallback_429', 101, 0, model, NULL, NULL, NULL, NULL, NULL, NULL, NULL, api_key_id, api_key_name FROM requests WHERE failover_attempts = 1;
UPDATE accounts SET rate_limited_until = 1000 * unixepoch('2026-11-20 09:34:00') WHERE id = 'a1';
