SELECT timestamp, level, message, fields FROM logs ORDER BY timestamp DESC LIMIT 5;
