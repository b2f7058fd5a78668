-- title: Cost per model in the window
-- requires: requests.total_cost
-- A value that cannot be right is left out.
SELECT model, count(*) AS requests, sum(usd) AS cost_usd, sum(usd) / count(usd) AS cost_per_request_usd,
       count(total_cost) - count(usd) AS implausible
FROM (
  SELECT model, total_cost, CASE WHEN total_cost < '' AND total_cost >= 0 AND total_cost < 1000000000 THEN total_cost END AS usd
  FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
)
GROUP BY +model ORDER BY cost_usd DESC LIMIT :top
