"""The two witnesses, read once each: a metrics scrape and a log database. Everything here is I/O and its errors."""
