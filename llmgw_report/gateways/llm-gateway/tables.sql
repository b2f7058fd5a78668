-- title: Rows per table
-- Two scalar subqueries are two seeks; min and max in one SELECT would read the whole index.
SELECT 'logs' AS name,
       (SELECT count(*) FROM logs) - (SELECT count(*) FROM logs WHERE timestamp > :until_ms) AS rows,
       (SELECT min(timestamp) FROM logs WHERE timestamp <= :until_ms) AS first_ms,
       (SELECT max(timestamp) FROM logs WHERE timestamp <= :until_ms) AS last_ms
UNION ALL
SELECT 'spans',
       (SELECT count(*) FROM spans) - (SELECT count(*) FROM spans WHERE start_time > :until_ms),
       (SELECT min(start_time) FROM spans WHERE start_time <= :until_ms),
       (SELECT max(start_time) FROM spans WHERE start_time <= :until_ms)
UNION ALL
SELECT 'metrics_snapshots',
       (SELECT count(*) FROM metrics_snapshots WHERE timestamp <= :until_ms),
       (SELECT min(timestamp) FROM metrics_snapshots WHERE timestamp <= :until_ms),
       (SELECT max(timestamp) FROM metrics_snapshots WHERE timestamp <= :until_ms)
