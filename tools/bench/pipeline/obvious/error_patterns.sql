SELECT level, message, count(*) AS count, min(timestamp) AS first, max(timestamp) AS last
FROM logs WHERE level IN ('ERROR', 'WARN') AND timestamp > :since_ms AND timestamp <= :until_ms
GROUP BY level, message ORDER BY count DESC;
