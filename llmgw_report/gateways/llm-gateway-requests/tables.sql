-- title: Rows per table
SELECT 'requests' AS name,
       (SELECT count(*) FROM requests) - (SELECT count(*) FROM requests WHERE timestamp > :until_ms) AS rows,
       (SELECT min(timestamp) FROM requests WHERE timestamp <= :until_ms) AS first_ms,
       (SELECT max(timestamp) FROM requests WHERE timestamp <= :until_ms) AS last_ms
