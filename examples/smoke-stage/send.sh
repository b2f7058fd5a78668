#!/usr/bin/env bash
# Sends the smoke traffic: 10 requests with bad keys, 5 to a missing model, 3 good ones.
# Each answer is a test in smoke.xml, which the report shows.
# Exit code 0 if the gateway refused what it had to refuse and answered the rest, 1 if not, 2 if it was called wrongly.
set -euo pipefail

gateway=${GATEWAY_URL:-http://127.0.0.1:8080}
model=${MODEL:-claude-sonnet-4-5}
missing=${MISSING_MODEL:-claude-none}
results=${RESULTS:-smoke.xml}
wrong=0
cases=()

if [[ -z ${GATEWAY_KEY:-} ]]; then
  echo "send.sh: set GATEWAY_KEY to a key that the gateway knows" >&2
  exit 2
fi

# The status code of one completion; 000 if there was no answer at all. The key goes in by standard input, because
# every process of the machine can read an argument.
ask() {
  local key=$1 model=$2
  curl --silent --output /dev/null --write-out '%{http_code}' --max-time 60 --config - \
    --header 'Content-Type: application/json' \
    --data "{\"model\": \"$model\", \"max_tokens\": 20, \"messages\": [{\"role\": \"user\", \"content\": \"Say yes.\"}]}" \
    "$gateway/v1/chat/completions" <<<"header = \"Authorization: Bearer $key\"" || true
}

# times WHAT WANTED KEY MODEL: as often as said, each answer compared with the pattern that is wanted.
send() {
  local times=$1 what=$2 wanted=$3 key=$4 model=$5 status number failure
  for ((number = 1; number <= times; number++)); do
    status=$(ask "$key" "$model")
    failure=
    # A pattern on purpose: 4?? is any refusal.
    # shellcheck disable=SC2053
    if [[ $status != $wanted ]]; then
      echo "send.sh: $what $number of $times: expected $wanted, got $status" >&2
      failure="<failure message=\"expected $wanted, got $status\"/>"
      wrong=$((wrong + 1))
    fi
    cases+=("<testcase classname=\"$what\" name=\"$number of $times\">$failure</testcase>")
  done
}

send 10 "bad key" 401 "no-such-key" "$model"
send 5 "missing model" '4??' "$GATEWAY_KEY" "$missing"
send 3 "good request" 200 "$GATEWAY_KEY" "$model"

{
  echo '<testsuite name="smoke">'
  printf '  %s\n' "${cases[@]}"
  echo '</testsuite>'
} >"$results"

echo "send.sh: 18 requests sent, $wrong answered otherwise than expected" >&2
((wrong == 0))
