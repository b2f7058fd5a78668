SELECT 'logs' AS name, count(*) AS rows, min(timestamp) AS first, max(timestamp) AS last FROM logs
UNION ALL SELECT 'spans', count(*), min(start_time), max(start_time) FROM spans
UNION ALL SELECT 'metrics_snapshots', count(*), min(timestamp), max(timestamp) FROM metrics_snapshots;
