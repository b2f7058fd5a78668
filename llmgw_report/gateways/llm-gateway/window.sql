-- title: Rows of the window
SELECT (SELECT count(*) FROM logs WHERE timestamp > :since_ms AND timestamp <= :until_ms) AS log_rows,
       (SELECT count(*) FROM spans NOT INDEXED
        WHERE rowid >= :first_span AND start_time > :since_ms AND start_time <= :until_ms
          AND parent_span_id IS NULL AND duration_ms IS NOT NULL) AS timed_requests
