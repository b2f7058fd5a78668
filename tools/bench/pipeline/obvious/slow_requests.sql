SELECT request_id, start_time, duration_ms,
       (SELECT name FROM spans AS child WHERE child.request_id = root.request_id AND child.parent_span_id = root.span_id
        ORDER BY duration_ms DESC LIMIT 1) AS slowest_span
FROM spans AS root
WHERE parent_span_id IS NULL AND duration_ms > :slow_ms AND start_time > :since_ms AND start_time <= :until_ms
ORDER BY duration_ms DESC LIMIT 5;
