"""Reads the sources, the metrics scrape and the log database, and reports what went wrong."""
