"""The nouns, frozen. Nothing here reads, decides or prints.

quantities  what a gateway may record: name, kind, unit, and how series add up
scrape      one parsed exposition
database    queries, and the tables that they return
indicator   one figure of a scrape, by its name in `quantities`
sections    what was measured, in the document's words
results     what automated tests report: suites and cases
finding     what a check reports, with its threshold and status
report      the JSON document: the sections, the findings and the exit code
run         what a run needs of the machine: clocks and progress
timestamp   instants, as numbers and as text
"""
