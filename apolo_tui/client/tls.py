"""Whose certificates are trusted."""

import ssl
from functools import cache

import certifi


@cache
def tls_context() -> ssl.SSLContext:
    """Trusts the system's certificates (or `SSL_CERT_FILE`) and those of certifi.

    Read once in a process: it takes a while, in which other threads go on.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
