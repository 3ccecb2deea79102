"""The platform's HTTP face: REST, monitoring streams, configuration and accounts."""
