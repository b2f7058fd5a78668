"""From settings to the document. Composition only; each part knows nothing of the next.

reading        both sources, read at the same time
copies         files that are copies of others
identify       which gateway they belong to; a database in seconds, not milliseconds, is rejected
measure        samples and tables become indicators and records
sections/      what was measured, in the document's words
collect        all of these, into one snapshot
judge          the checks' findings about the snapshot
waivers        the findings that are accepted for a while
gaps           what is missing for a PASS
verdict        the status and the exit code
document       the whole run, as the report
rejudge        a saved report, evaluated again
gateway_check  a definition beside its sources, for whoever writes one
gateway_listing  what such a check prints
gateway_draft  a first definition of a gateway that nobody described
"""
