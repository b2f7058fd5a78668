-- title: Cost per model in the window
-- requires: requests.total_cost
SELECT model, count(*) AS requests, sum(total_cost) AS cost_usd, sum(total_cost) / count(*) AS cost_per_request_usd
FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
GROUP BY +model ORDER BY cost_usd DESC LIMIT :top
