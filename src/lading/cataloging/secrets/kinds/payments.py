"""Keys of payment services and shops."""

import re

from lading.cataloging.secrets.checks import is_random_after
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.kind import by_pattern as kind

_START, _END = rb"(?<![A-Za-z0-9_])", rb"(?![A-Za-z0-9_-])"


def _prefixed(name: str, title: str, rotate: str, prefix: bytes, rest: bytes) -> SecretKind:
    return kind(name, title, rotate, (prefix,), _START + re.escape(prefix) + rest + _END,
                check=is_random_after(len(prefix)), shown=len(prefix))  # fmt: skip


_STRIPE = "Stripe: Developers, API keys: roll the key"
_SQUARE = "Square: Developer dashboard, the application's credentials: replace the token"
_SHOPIFY = "Shopify: uninstall the app, or rotate its credentials in the Partner dashboard"

KINDS: tuple[SecretKind, ...] = (
    _prefixed("stripe-live-key", "Stripe live secret key", _STRIPE, b"sk_live_", rb"[A-Za-z0-9]{20,247}"),
    _prefixed("stripe-restricted-key", "Stripe live restricted key", _STRIPE, b"rk_live_", rb"[A-Za-z0-9]{20,247}"),
    _prefixed("stripe-test-key", "Stripe test secret key", _STRIPE, b"sk_test_", rb"[A-Za-z0-9]{20,247}"),
    _prefixed("stripe-restricted-test-key", "Stripe test restricted key", _STRIPE, b"rk_test_", rb"[A-Za-z0-9]{20,247}"),
    _prefixed("stripe-webhook-secret", "Stripe webhook secret", "Stripe: Developers, Webhooks: roll the signing secret",
              b"whsec_", rb"[A-Za-z0-9+/=]{32,64}"),
    _prefixed("square-access-token", "Square access token", _SQUARE, b"EAAA", rb"[A-Za-z0-9_-]{60}"),
    _prefixed("square-token", "Square personal token", _SQUARE, b"sq0atp-", rb"[A-Za-z0-9_-]{22}"),
    _prefixed("square-secret", "Square application secret", _SQUARE, b"sq0csp-", rb"[A-Za-z0-9_-]{43}"),
    _prefixed("shopify-token", "Shopify access token", _SHOPIFY, b"shpat_", rb"[a-fA-F0-9]{32}"),
    _prefixed("shopify-custom-token", "Shopify custom app token", _SHOPIFY, b"shpca_", rb"[a-fA-F0-9]{32}"),
    _prefixed("shopify-private-token", "Shopify private app token", _SHOPIFY, b"shppa_", rb"[a-fA-F0-9]{32}"),
    _prefixed("shopify-secret", "Shopify shared secret", _SHOPIFY, b"shpss_", rb"[a-fA-F0-9]{32}"),
    _prefixed("flutterwave-key", "Flutterwave secret key", "Flutterwave: Settings, API: generate new keys", b"FLWSECK", rb"(?:_TEST)?-[a-h0-9]{32}-X"),
    _prefixed("paystack-key", "Paystack secret key", "Paystack: Settings, API keys: generate a new secret key", b"sk_paystack_", rb"[a-f0-9]{40}"),
    _prefixed("razorpay-key", "Razorpay live key", "Razorpay: Settings, API keys: regenerate the key", b"rzp_live_", rb"[A-Za-z0-9]{14}"),
    _prefixed("adyen-key", "Adyen API key", "Adyen: Developers, API credentials: generate a new key", b"AQE", rb"[A-Za-z0-9+/=.\-{}]{90,300}"),
    _prefixed("easypost-key", "EasyPost key", "EasyPost: Account, API keys: disable it", b"EZAK", rb"[A-Za-z0-9]{54}"),
    _prefixed("easypost-test-key", "EasyPost test key", "EasyPost: Account, API keys: disable it", b"EZTK", rb"[A-Za-z0-9]{54}"),
    _prefixed("shippo-key", "Shippo live key", "Shippo: Settings, API: delete the token", b"shippo_live_", rb"[a-f0-9]{40}"),
    _prefixed("duffel-key", "Duffel token", "Duffel: Developers, Access tokens: revoke it", b"duffel_live_", rb"[A-Za-z0-9_=-]{43}"),
    _prefixed("frameio-key", "Frame.io token", "Frame.io: Developer, Tokens: delete it", b"fio-u-", rb"[A-Za-z0-9_=-]{64}"),
    _prefixed("plaid-token", "Plaid access token", "Plaid: invalidate it by /item/access_token/invalidate", b"access-production-",
              rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    _prefixed("gocardless-token", "GoCardless live token", "GoCardless: Developers, Access tokens: delete it", b"live_", rb"(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Z])[A-Za-z0-9_=-]{40,60}"),
    _prefixed("braintree-token", "Braintree production token", "Braintree: API keys: revoke it", b"access_token$production$", rb"[a-z0-9]{16}\$[a-f0-9]{32}"),
    _prefixed("paypal-token", "PayPal access token", "PayPal: it ends by itself; renew the application's secret", b"A21AA", rb"[A-Za-z0-9_-]{80,100}"),
)  # fmt: skip
