-- title: Requests per instance and status in the window
-- limit: 50000
SELECT coalesce(provider, '') AS provider, instance, coalesce(status, outcome, 'open') AS status, outcome,
       count(*) AS requests
FROM llmgw_requests WHERE kind = 'request' AND instance IS NOT NULL
GROUP BY 1, 2, 3, 4
