# Sums per provider and model. Values are found by their place between the quotes: an escaped quote would break it.
BEGIN { FS = "\"" }
{ split($NF, tail, " "); value = tail[2] }
/^llm_requests_total/ { requests[$4] += value }
/^llm_tokens_total/ { tokens[$4, $6, $8] += value }
/^llm_request_duration_seconds_sum/ { seconds[$4] += value }
/^llm_request_duration_seconds_count/ { observed[$4] += value }
/^llm_request_duration_seconds\{/ { if (value > worst[$4, $8]) worst[$4, $8] = value }
/^llm_gateway_instance_requests_total/ { outcomes[$2, $4, $6] += value }
/^llm_gateway_instance_health_status/ { health[$2, $4] = value }
END {
  print "| provider | requests | mean seconds |\n|---|---|---|"
  for (provider in requests)
    print "| " provider " | " requests[provider] " | " (observed[provider] ? seconds[provider] / observed[provider] : "") " |"
  for (key in tokens) print "tokens", key, tokens[key]
  for (key in worst) print "worst", key, worst[key]
  for (key in outcomes) print "outcome", key, outcomes[key]
  for (key in health) print "health", key, health[key]
}
