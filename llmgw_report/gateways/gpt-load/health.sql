-- The keys of one group together, as it may have thousands. An invalid key stays so until a person or the validator revives it.
SELECT g.name AS provider, 'keys of ' || g.name AS instance, 'keys of ' || g.name AS pool, 'none' AS recovery,
       CASE count(*) FILTER (WHERE k.status = 'active') WHEN 0 THEN 'down' WHEN count(*) THEN 'ok' ELSE 'degraded' END AS health
FROM api_keys AS k JOIN groups AS g ON g.id = k.group_id GROUP BY g.id
