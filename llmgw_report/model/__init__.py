"""The nouns, frozen. Nothing here reads, decides or prints.

`scrape`, `table` and `indicator` are what was measured; `sections`, `finding` and `report` are the
JSON document; `threshold` and `status` are how a figure is judged.
"""
