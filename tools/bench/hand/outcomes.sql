-- title: Requests of the window and how they ended
-- limit: 200000
SELECT max(timestamp) AS time_ms, 'request' AS kind, iif(status = 'success', 'success', 'unknown') AS outcome,
       provider, instance, model, api_key_name AS api_key, NULL AS began_ms, 1 AS recorded, count(*) AS requests,
       0 AS streamed
FROM requests WHERE timestamp > :since_ms AND timestamp <= :until_ms
GROUP BY +status, +provider, +instance, +model, +api_key_name, (timestamp - :since_ms) * 500 / (:until_ms - :since_ms)
