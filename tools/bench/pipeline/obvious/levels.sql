SELECT level, count(*) AS rows FROM logs GROUP BY level;
