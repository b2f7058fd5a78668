SELECT timestamp, metrics FROM metrics_snapshots WHERE timestamp > :trend_since_ms ORDER BY timestamp;
