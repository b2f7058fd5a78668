#!/usr/bin/env bash
# The report's questions without the program: report.sh URL DATABASE FOLDER
# One sqlite3 and one jq for each .sql file in FOLDER, whose file `parameters` sets what they ask with.
# Whichever part of a pipe fails, so does all of it: what has read nothing is quick.
set -euo pipefail
curl --silent --show-error --fail "$1" | awk -f "$(dirname "$0")/sums.awk"
for file in "$3"/*.sql; do
  name=${file##*/}
  printf '\n## %s\n\n' "${name%.sql}"
  sqlite3 -bail -readonly -json "$2" ".read $3/parameters" ".read $file" | jq -r '
    (.[0] | keys_unsorted) as $columns
    | "| \($columns | join(" | ")) |", "|\($columns | map("---|") | add)",
      (.[] | "| \([.[] | tostring] | join(" | ")) |")'
done
