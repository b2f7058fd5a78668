-- title: Latest log rows
-- What a client sent may be in a row, at any length: of a long one this is enough.
SELECT timestamp AS time_ms, level, substr(message, 1, 2000) AS message,
       CASE WHEN length(fields) <= 10000 THEN fields ELSE json_object('', length(fields) || ' characters') END AS fields
FROM logs WHERE timestamp <= :until_ms
ORDER BY timestamp DESC, id DESC LIMIT :top
