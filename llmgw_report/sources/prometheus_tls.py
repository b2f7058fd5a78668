"""Whom to trust over TLS, and as whom to call."""

from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError, create_default_context
from typing import NoReturn

import httpx

from llmgw_report.config.targets import MetricsTarget
from llmgw_report.errors import SourceError


def context(target: MetricsTarget, shown: str, scheme: str) -> SSLContext:
    """What a connection to `target` is made with. Raises SourceError for a file that holds no certificate or key."""
    if scheme == "http":
        # Loading the certificate store takes three interpreter starts. An empty one trusts nobody.
        return SSLContext(PROTOCOL_TLS_CLIENT)
    made = _trusting(target, shown)
    if target.client_cert:
        _present(made, target.client_cert, target.client_key, shown)
    return made


def _trusting(target: MetricsTarget, shown: str) -> SSLContext:
    if target.insecure or target.ca_file is None:
        return httpx.create_ssl_context(verify=not target.insecure, trust_env=False)
    try:
        return create_default_context(cafile=target.ca_file)
    except (OSError, SSLError) as problem:
        hint = "give a file of PEM certificates with --ca-file"
        raise SourceError(f"{shown}: the CA file {target.ca_file} cannot be used: {problem}", hint) from problem


def _present(made: SSLContext, certificate: str, key: str | None, shown: str) -> None:
    try:
        made.load_cert_chain(certificate, key, password=_encrypted)
    except (OSError, SSLError, ValueError) as problem:
        hint = "give a PEM certificate with --client-cert, and its key, without a password, with --client-key"
        raise SourceError(f"{shown}: the client certificate {certificate} cannot be used: {problem}", hint) from problem


def _encrypted() -> NoReturn:
    """Without this function OpenSSL would ask at the terminal, and wait."""
    raise ValueError("its key has a password")
