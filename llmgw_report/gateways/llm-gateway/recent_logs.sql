-- title: Latest log rows
SELECT timestamp AS time_ms, level, message, fields
FROM logs WHERE timestamp <= :until_ms
ORDER BY timestamp DESC, id DESC LIMIT :top
