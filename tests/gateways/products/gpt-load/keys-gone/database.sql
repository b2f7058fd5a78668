INSERT INTO groups VALUES (1, 'chat', 'standard', '[{"url":"https://one.example/v1","weight":1}]', '{}'), (2, 'mapped', 'standard', '[{"url":"https://two.example","weight":1}]', '{"small":"tiny"}'), (3, 'both', 'aggregate', '[]', '{}');
INSERT INTO api_keys VALUES (1, 'k1', 'h1', 1, 'invalid', 3), (2, 'k2', 'h2', 1, 'invalid', 3), (3, 'k3', 'h3', 2, 'active', 0), (4, 'k4', 'h4', 2, 'invalid', 3);
-- Group chat is refused, retried once each and then out of keys; group mapped answers, but for its clock and a model it maps.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO request_logs SELECT 'r' || i, strftime('%Y-%m-%d %H:%M:%f', '2026-11-20 17:30:00', '+' || (20 * i) || ' seconds') || '+08:00', 1 + i % 2, iif(i % 2, 'mapped', 'chat'), 0, '', '', '', 'small', i % 2, '10.0.0.1', iif(i % 2, 200, iif(i <= 12, 401, 503)), '/proxy/chat/v1/chat/completions', 90, iif(i % 2, '', iif(i <= 12, 'Incorrect API key provided', 'No active API keys available for this group')), 'client', 'final', iif(i % 2, 'https://two.example/v1/chat/completions', iif(i <= 12, 'https://one.example/v1/chat/completions', '')), 0, '' FROM n;
INSERT INTO request_logs SELECT 'a' || id, timestamp, group_id, group_name, 0, '', '', '', model, 0, source_ip, 401, request_path, 40, error_message, user_agent, 'retry', upstream_addr, 0, '' FROM request_logs WHERE status_code = 401;
UPDATE request_logs SET is_success = 0, status_code = 500, error_message = 'Post "https://two.example/v1/chat/completions": context deadline exceeded' WHERE id = 'r59';
UPDATE request_logs SET is_success = 0, status_code = 404, error_message = '' WHERE id = 'r57';
UPDATE request_logs SET is_success = 0, status_code = 499, error_message = 'context canceled' WHERE id = 'r55';
