-- title: Failures on the server's side
-- A request that fails upstream leaves rows of level WARN or ERROR; one that is refused leaves none.
SELECT count(*) AS problems, min(message) AS example
FROM logs
WHERE level IN ('WARN', 'ERROR') AND timestamp > :since_ms AND timestamp <= :until_ms
