-- 60 answers, every third a native message, every fourth a stream, of which nothing is recorded; only one model has a price.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60),
call AS (SELECT i, 1795167000000 + 20000 * i AS ms, i % 3 = 0 AS native, i % 4 = 0 AS stream, 100 + i AS took FROM n)
INSERT INTO requests
SELECT 'r' || i, ms, '2026-11-20', 9, iif(i % 2, 'web', 'batch'), iif(native, 'anthropic', 'openai'), iif(native, 'anthropic-main', 'openai-main'),
       iif(native, 'claude-sonnet-4', 'gpt-4o'), iif(native, '/v1/messages', '/v1/chat/completions'), 'success', NULL, NULL,
       iif(stream, 0, 100), iif(stream, 0, 20), iif(stream, 0, 120), 0, iif(native AND NOT stream, 30, 0), iif(stream, 3, took),
       0, 0, 0, 0, iif(native OR stream, 0.0, 0.00045), ms + took, NULL
FROM call;
