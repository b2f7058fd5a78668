SELECT json_extract(fields, '$.model') AS model, sum(json_extract(fields, '$.input_tokens')) AS input,
       sum(json_extract(fields, '$.output_tokens')) AS output
FROM logs WHERE message LIKE 'Completed %' AND timestamp > :since_ms AND timestamp <= :until_ms GROUP BY model;
