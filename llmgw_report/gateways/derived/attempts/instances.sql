-- title: Attempts per instance and status in the window
-- limit: 50000
SELECT coalesce(provider, '') AS provider, instance, coalesce(status, outcome, 'open') AS status, outcome,
       count(*) AS requests
FROM llmgw_attempts WHERE instance IS NOT NULL
GROUP BY 1, 2, 3, 4
