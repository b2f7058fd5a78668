-- title: Rows per table
SELECT 'requests' AS name,
       (SELECT count(*) FROM requests) - (SELECT count(*) FROM requests WHERE timestamp > :until_ms) AS rows,
       (SELECT min(timestamp) FROM requests WHERE timestamp >= 0 AND timestamp <= :until_ms) AS first_ms,
       (SELECT max(timestamp) FROM requests WHERE timestamp >= 0 AND timestamp <= :until_ms) AS last_ms,
       (SELECT max(timestamp) FROM requests WHERE timestamp < 9223372036854775807) AS newest_ms,
       (SELECT count(*) FROM requests WHERE timestamp > :latest_ms AND timestamp < '') AS future,
       (SELECT count(*) FROM requests WHERE timestamp < 0)
       + (SELECT count(*) FROM requests WHERE timestamp >= '' AND CAST(CAST(timestamp AS INTEGER) AS TEXT) <> timestamp) AS untimed
