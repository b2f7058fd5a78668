"""The gateway whose data is made up: llm-gateway 0.3.0 with five providers of two models each."""

PROVIDERS = ("openai", "anthropic", "gemini", "azure", "bedrock")
MODELS = ("chat-large", "chat-small")
KEYS = tuple(f"team-{number:02}" for number in range(20))
#: The instant at which all data ends, in milliseconds since the epoch: 2025-11-24T16:00:00Z.
END_MS = 1_764_000_000_000
END = "2025-11-24T16:00:00Z"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
