-- limit: 10000
-- 1 is enabled, 2 switched off by hand, 3 by the gateway: until a person or a test of channels enables it again. Clients ask for a model:
-- a channel is down for them where one of its models has no enabled channel left, and a spare that is missed elsewhere.
SELECT c.name AS provider, c.name AS instance, 'none' AS recovery,
       CASE WHEN c.status = 1 THEN 'ok' WHEN EXISTS (
         SELECT 1 FROM abilities AS a WHERE a.channel_id = c.id AND NOT EXISTS (
           SELECT 1 FROM abilities AS b JOIN channels AS o ON o.id = b.channel_id
           WHERE b."group" = a."group" AND b.model = a.model AND b.enabled AND o.status = 1)) THEN 'down' ELSE 'degraded' END AS health
FROM channels AS c WHERE c.status <> 2
ORDER BY health <> 'down', health = 'ok'
