"""One health report of an LLM gateway from its metrics and its log database."""

__version__ = "0.1.0"
