"""The distribution API (/v2/) as plain ASGI: routes, requests, answers, caches."""
