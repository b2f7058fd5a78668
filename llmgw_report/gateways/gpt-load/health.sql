-- limit: 10000
-- No upstream of a group can be used without a key of it. An invalid key stays so until a person or the validator, once an hour, revives it.
SELECT g.name AS provider, 'none' AS recovery,
       substr(u.url, 1, instr(u.url, '://') + 2 + instr(substr(u.url, instr(u.url, '://') + 3) || '/', '/') - 1) AS instance,
       CASE k.active WHEN 0 THEN 'down' WHEN k.keys THEN 'ok' ELSE 'degraded' END AS health
FROM groups AS g JOIN (SELECT group_id, count(*) AS keys, count(*) FILTER (WHERE status = 'active') AS active
                       FROM api_keys GROUP BY group_id) AS k ON k.group_id = g.id
     JOIN (SELECT DISTINCT h.id, CASE WHEN m.type = 'object' THEN json_extract(m.value, '$.url') END AS url
           FROM (SELECT id, iif(json_valid(CAST(upstreams AS TEXT)), CAST(upstreams AS TEXT), NULL) AS list FROM groups) AS h,
                json_each(h.list) AS m) AS u ON u.id = g.id
ORDER BY health <> 'down', health = 'ok'
