SELECT (SELECT count(*) FROM logs WHERE timestamp > :since_ms AND timestamp <= :until_ms) AS log_rows,
       (SELECT count(*) FROM spans WHERE parent_span_id IS NULL AND start_time > :since_ms AND start_time <= :until_ms) AS spans;
