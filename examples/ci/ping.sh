#!/bin/sh
# Report to a dead man's switch (healthchecks.io, or a server like it) that the report ran, what it said and its exit code.
# It raises the alarm by itself when nothing comes, which no report could.
#
#     PING_URL=https://hc-ping.com/YOUR-UUID ping.sh [OPTION OF llmgw-report]...
set -u
: "${PING_URL:?the address of the check}"

ping() {
  curl --fail --silent --show-error --max-time 10 --retry 3 --output /dev/null "$@"
}

ping "$PING_URL/start"
report=$(llmgw-report --format text "$@" 2>&1)
code=$?
# [ "$code" -eq 3 ] && code=0 # could not be evaluated: no alarm
# Servers keep the first 100 kB of it.
printf '%s\n' "$report" | head -c 100000 | ping --data-binary @- "$PING_URL/$code"
exit "$code"
