"""Tokens of chat, mail, telephone and social services."""

from lading.cataloging.secrets.checks import is_hex_random, is_mixed, is_random, is_random_after, luhn_free
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.kind import by_pattern as kind

_START, _END = rb"(?<![A-Za-z0-9_])", rb"(?![A-Za-z0-9_-])"
_IS = rb"[\"'\s]{0,4}(?:=>|[:=])[\"'\s]{0,4}"
_SLACK = "Slack: the app's OAuth page: revoke the token; look at the access logs"

KINDS: tuple[SecretKind, ...] = (
    kind("slack-bot-token", "Slack bot token", _SLACK, (b"xoxb-",), _START + rb"xoxb-[0-9]{10,13}-[0-9]{10,13}-?[A-Za-z0-9-]{18,40}" + _END, check=is_random_after(5, 2.5), shown=5),
    kind("slack-user-token", "Slack user token", _SLACK, (b"xoxp-", b"xoxe-"), _START + rb"xox[pe](?:-[0-9]{10,13}){3}-[A-Za-z0-9-]{28,34}" + _END, check=is_random_after(5, 2.5), shown=5),
    kind("slack-app-token", "Slack app-level token", _SLACK, (b"xapp-",), _START + rb"xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{64}" + _END, check=is_random_after(5, 2.5), shown=5),
    kind("slack-legacy-token", "Slack legacy token", _SLACK, (b"xoxa-", b"xoxr-", b"xoxs-", b"xoxo-"), _START + rb"xox[arso]-(?:\d-)?[A-Za-z0-9-]{20,72}" + _END, check=is_random_after(5, 2.8), shown=5),
    kind("slack-configuration-token", "Slack configuration token", _SLACK, (b"xoxe.xox",), _START + rb"xoxe\.xox[bp]-\d-[A-Za-z0-9]{160,170}" + _END, check=is_random_after(10), shown=5),
    kind("slack-webhook", "Slack incoming webhook", "Slack: the app's Incoming Webhooks page: remove it", (b"hooks.slack.com/",), rb"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9+/]{43,60})", check=is_random),
    kind("discord-webhook", "Discord webhook", "Discord: the channel's settings, Integrations: delete it", (b"discord.com/api/webhooks/", b"discordapp.com/api/webhooks/"), rb"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/(?P<secret>[A-Za-z0-9_-]{60,80})", check=is_random),
    kind("discord-token", "Discord bot token", "Discord: Developer portal, Bot: reset the token", (b"discord",), rb"discord[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,40})", check=is_random, any_case=True),
    kind("teams-webhook", "Microsoft Teams webhook", "Teams: the channel's connectors: remove it", (b"webhook.office.com/",), rb"[a-z0-9-]+\.webhook\.office\.com/webhookb2/(?P<secret>[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36})", check=luhn_free, back=80),
    kind("telegram-token", "Telegram bot token", "Telegram: @BotFather, /revoke", (b":AA",), rb"(?<![A-Za-z0-9])(?P<secret>[0-9]{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])", check=is_random, back=12),
    kind("twilio-key", "Twilio API key", "Twilio: Account, API keys: delete it", (b"twilio",), rb"twilio[\s\S]{0,60}?(?P<secret>SK[0-9a-f]{32})(?![0-9a-f])", check=is_random_after(2, 2.8), any_case=True, shown=2),
    kind("twilio-auth-token", "Twilio auth token", "Twilio: Account, Auth tokens: promote the secondary one", (b"twilio",), rb"twilio[a-z_.\- ]{0,20}(?:auth[_-]?)?token" + _IS + rb"(?P<secret>[0-9a-f]{32})(?![0-9a-f])", check=is_hex_random, any_case=True),
    kind("sendgrid-key", "SendGrid API key", "SendGrid: Settings, API keys: delete it", (b"SG.",), _START + rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}" + _END, check=is_random_after(3), shown=3, in_programs=True),
    kind("mailgun-key", "Mailgun API key", "Mailgun: API security: delete the key", (b"key-",), _START + rb"key-[a-f0-9]{32}" + _END, check=is_random_after(4, 2.8), shown=4),
    kind("mailchimp-key", "Mailchimp API key", "Mailchimp: Account, API keys: revoke it", (), rb"(?<![A-Za-z0-9])(?P<secret>[0-9a-f]{32}-us[0-9]{1,2})(?![A-Za-z0-9])", check=is_random, expression=rb"[0-9a-f]{32}-us[0-9]"),
    kind("mandrill-key", "Mandrill API key", "Mandrill: Settings, API keys: delete it", (b"md-",), _START + rb"md-[A-Za-z0-9_-]{22}" + _END, check=is_mixed, shown=3, weak=True),
    kind("brevo-key", "Brevo API key", "Brevo: SMTP and API, API keys: delete it", (b"xkeysib-", b"xsmtpsib-"), _START + rb"x(?:keysib|smtpsib)-[a-f0-9]{64}-[A-Za-z0-9]{16}" + _END, check=is_random_after(8), shown=8),
    kind("postmark-token", "Postmark server token", "Postmark: the server's API tokens: generate a new one", (b"postmark",), rb"postmark[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", check=is_mixed, any_case=True),
    kind("resend-key", "Resend API key", "Resend: API keys: delete it", (b"re_",), _START + rb"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}" + _END, check=is_random_after(3), shown=3, weak=True),
    kind("messagebird-key", "MessageBird key", "Bird: Developers, API access: delete it", (b"messagebird",), rb"messagebird[a-z_.\- ]{0,20}(?:key|token)" + _IS + rb"(?P<secret>[A-Za-z0-9]{25})(?![A-Za-z0-9])", check=is_mixed, any_case=True, weak=True),
    kind("vonage-secret", "Vonage API secret", "Vonage: Settings, API secrets: revoke it", (b"nexmo", b"vonage"), rb"(?:nexmo|vonage)[a-z_.\- ]{0,20}secret" + _IS + rb"(?P<secret>[A-Za-z0-9]{16})(?![A-Za-z0-9])", check=is_mixed, any_case=True, weak=True),
    kind("facebook-token", "Facebook access token", "Meta: the app's dashboard: reset the secret, which ends its tokens", (b"EAA",), _START + rb"EAA[A-Za-z0-9]{100,250}" + _END, check=is_random_after(3, 4.0), shown=3, weak=True),
    kind("twitter-bearer-token", "X (Twitter) bearer token", "X: Developer portal, Keys and tokens: regenerate it", (b"AAAAAAAAAAAAAAAAAAAA",), _START + rb"AAAAAAAAAAAAAAAAAAAA[A-Za-z0-9%]{60,120}" + _END, check=is_random_after(22, 4.0), weak=True),
    kind("linkedin-secret", "LinkedIn client secret", "LinkedIn: the app's Auth page: generate a new secret", (b"WPL_AP",), _START + rb"WPL_AP[01]\.[A-Za-z0-9]{16}\.[A-Za-z0-9+/=]{6,12}", check=is_random_after(8), shown=6),
    kind("intercom-token", "Intercom token", "Intercom: Developer hub, the app's authentication: regenerate it", (b"dG9rO",), _START + rb"dG9rO[A-Za-z0-9+/=_-]{54,58}" + _END, check=is_random_after(5), shown=5),
    kind("zendesk-token", "Zendesk API token", "Zendesk: Admin center, APIs: deactivate it", (b"zendesk",), rb"zendesk[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[A-Za-z0-9]{40})(?![A-Za-z0-9])", check=is_mixed, any_case=True),
    kind("hubspot-token", "HubSpot private app token", "HubSpot: Settings, Private apps: rotate it", (b"pat-na", b"pat-eu"), _START + rb"pat-(?:na|eu)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}" + _END, check=is_random_after(8), shown=8),
    kind("salesforce-token", "Salesforce access token", "Salesforce: Setup, Session management: end the session", (b"!AQ",), rb"(?<![A-Za-z0-9])(?P<secret>00D[A-Za-z0-9]{12,15}!AQ[A-Za-z0-9._]{70,100})", check=is_random, back=20),
    kind("typeform-token", "Typeform token", "Typeform: Account, Personal tokens: delete it", (b"tfp_",), _START + rb"tfp_[A-Za-z0-9_.=-]{59}" + _END, check=is_random_after(4), shown=4),
    kind("onesignal-key", "OneSignal key", "OneSignal: Settings, Keys: rotate it", (b"os_v2_app_",), _START + rb"os_v2_app_[a-z0-9]{103}" + _END, check=is_random_after(10), shown=10),
    kind("pagerduty-key", "PagerDuty key", "PagerDuty: Integrations, API access keys: delete it", (b"pagerduty",), rb"pagerduty[a-z_.\- ]{0,20}(?:key|token)" + _IS + rb"(?P<secret>u\+[A-Za-z0-9_+-]{18}|[a-f0-9]{32})(?![A-Za-z0-9])", check=is_mixed, any_case=True),
)  # fmt: skip
