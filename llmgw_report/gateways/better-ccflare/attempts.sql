-- title: rows of table requests, one per call to an account
SELECT r.timestamp AS time_ms, CAST(r.status_code AS TEXT) AS status, a.provider, a.name AS instance, r.model, r.api_key_name AS api_key,
       CASE WHEN r.success THEN 'success' WHEN r.status_code IN (429, 529) THEN 'rate-limited'
            WHEN r.status_code = 499 THEN 'canceled' WHEN r.status_code IN (408, 504) THEN 'timeout' WHEN r.status_code >= 500 THEN 'server-error'
            WHEN r.status_code IN (401, 402, 403) THEN 'upstream-refused' WHEN r.status_code IN (400, 404, 413, 422) THEN 'client-error'
            WHEN r.status_code BETWEEN 400 AND 499 THEN 'error' ELSE 'unknown' END AS outcome
FROM requests AS r JOIN accounts AS a ON a.id = r.account_used
WHERE r.timestamp > :since_ms AND r.timestamp <= :until_ms
