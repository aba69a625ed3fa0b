"""Keys of monitoring, databases as a service, and of tools that teams work with."""

from lading.cataloging.secrets.checks import is_hex_random, is_mixed, is_random, is_random_after, jwt_of
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.kind import by_pattern as kind

_START, _END = rb"(?<![A-Za-z0-9_])", rb"(?![A-Za-z0-9_-])"
_IS = rb"[\"'\s]{0,4}(?:=>|[:=])[\"'\s]{0,4}"
_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_JWT = rb"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,3000}\.[A-Za-z0-9_-]{20,700}"

KINDS: tuple[SecretKind, ...] = (
    kind("datadog-key", "Datadog API or application key", "Datadog: Organization settings, API or application keys: revoke it", (b"datadog", b"dd_api_key", b"dd_app_key"), rb"(?:datadog[a-z_.\- ]{0,20}|dd_(?:api|app)_)key" + _IS + rb"(?P<secret>[a-f0-9]{40}|[a-f0-9]{32})(?![a-f0-9])", check=is_hex_random, any_case=True),
    kind("new-relic-key", "New Relic user key", "New Relic: API keys: delete it", (b"NRAK-",), _START + rb"NRAK-[A-Z0-9]{27}" + _END, check=is_random_after(5), shown=5),
    kind("new-relic-license", "New Relic licence key", "New Relic: API keys: replace the licence key", (b"FFFFNRAL",), rb"(?<![A-Za-z0-9])(?P<secret>[a-f0-9]{32}FFFFNRAL)(?![A-Za-z0-9])", check=is_random, back=34),
    kind("new-relic-insert-key", "New Relic insert key", "New Relic: API keys: delete it", (b"NRII-",), _START + rb"NRII-[A-Za-z0-9_-]{32}" + _END, check=is_random_after(5), shown=5),
    kind("grafana-service-token", "Grafana service account token", "Grafana: Service accounts: delete the token", (b"glsa_",), _START + rb"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}" + _END, check=is_random_after(5), shown=5),
    kind("grafana-cloud-token", "Grafana Cloud token", "Grafana Cloud: Access policies: delete the token", (b"glc_",), _START + rb"glc_[A-Za-z0-9+/]{32,400}={0,2}", check=is_random_after(4), shown=4),
    kind("grafana-key", "Grafana API key", "Grafana: API keys: delete it", (b"eyJrIjoi",), _START + rb"eyJrIjoi[A-Za-z0-9]{60,400}={0,2}", check=is_random_after(8), shown=8),
    kind("sentry-user-token", "Sentry user token", "Sentry: User settings, API: delete it", (b"sntryu_",), _START + rb"sntryu_[a-f0-9]{64}" + _END, check=is_random_after(7), shown=7),
    kind("sentry-organisation-token", "Sentry organisation token", "Sentry: Organization settings, Auth tokens: delete it", (b"sntrys_",), _START + rb"sntrys_eyJ[A-Za-z0-9+/=]{60,400}_[A-Za-z0-9+/]{43}", check=is_random_after(7), shown=7),
    kind("honeycomb-key", "Honeycomb key", "Honeycomb: Environment settings, API keys: disable it", (b"honeycomb", b"x-honeycomb-team"), rb"honeycomb[a-z_.\- ]{0,20}(?:key|team)" + _IS + rb"(?P<secret>[A-Za-z0-9]{22}|[a-f0-9]{32})(?![A-Za-z0-9])", check=is_mixed, any_case=True),
    kind("dynatrace-token", "Dynatrace token", "Dynatrace: Access tokens: revoke it", (b"dt0c01.", b"dt0s01.", b"dt0s02.", b"dt0s16."), _START + rb"dt0[cs]\d{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}" + _END, check=is_random_after(7), shown=7),
    kind("splunk-token", "Splunk HTTP event collector token", "Splunk: Data inputs, HTTP event collector: delete it", (b"splunk",), rb"splunk[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>" + _UUID + rb")", check=is_mixed, any_case=True),
    kind("sumologic-key", "Sumo Logic access key", "Sumo Logic: Access keys: deactivate it", (b"sumo",), rb"sumo[a-z_.\- ]{0,20}(?:access)?[_-]?key" + _IS + rb"(?P<secret>[A-Za-z0-9]{64})(?![A-Za-z0-9])", check=is_mixed, any_case=True),
    kind("logzio-token", "Logz.io token", "Logz.io: Manage tokens: delete it", (b"logz",), rb"logz\.?io[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[A-Za-z]{32})(?![A-Za-z])", check=is_random, any_case=True, weak=True),
    kind("rollbar-token", "Rollbar token", "Rollbar: Project access tokens: disable it", (b"rollbar",), rb"rollbar[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[a-f0-9]{32})(?![a-f0-9])", check=is_hex_random, any_case=True),
    kind("bugsnag-key", "Bugsnag key", "Bugsnag: Project settings: regenerate the key", (b"bugsnag",), rb"bugsnag[a-z_.\- ]{0,20}key" + _IS + rb"(?P<secret>[a-f0-9]{32})(?![a-f0-9])", check=is_hex_random, any_case=True, weak=True),
    kind("posthog-key", "PostHog personal key", "PostHog: Personal API keys: delete it", (b"phx_",), _START + rb"phx_[A-Za-z0-9_]{43}" + _END, check=is_random_after(4), shown=4),
    kind("launchdarkly-key", "LaunchDarkly SDK or API key", "LaunchDarkly: Environments or Authorization: reset it", (b"sdk-", b"api-"), _START + rb"(?:sdk|api)-" + _UUID + _END, check=is_random_after(4), shown=4, weak=True),
    kind("algolia-key", "Algolia admin key", "Algolia: API keys: regenerate it", (b"algolia",), rb"algolia[a-z_.\- ]{0,20}(?:admin|write|api)[a-z_.\-]{0,10}key" + _IS + rb"(?P<secret>[a-f0-9]{32})(?![a-f0-9])", check=is_hex_random, any_case=True, weak=True),
    kind("planetscale-password", "PlanetScale password", "PlanetScale: the database's passwords: delete it", (b"pscale_pw_",), _START + rb"pscale_pw_[A-Za-z0-9_.=-]{32,64}" + _END, check=is_random_after(10), shown=10),
    kind("planetscale-token", "PlanetScale service token", "PlanetScale: Service tokens: delete it", (b"pscale_tkn_", b"pscale_oauth_"), _START + rb"pscale_(?:tkn|oauth)_[A-Za-z0-9_.=-]{32,64}" + _END, check=is_random_after(11), shown=7),
    kind("supabase-token", "Supabase token", "Supabase: Account, Access tokens: delete it", (b"sbp_",), _START + rb"sbp_[a-f0-9]{40}" + _END, check=is_random_after(4), shown=4),
    kind("supabase-secret-key", "Supabase secret key", "Supabase: Project settings, API keys: delete it", (b"sb_secret_",), _START + rb"sb_secret_[A-Za-z0-9_-]{31}" + _END, check=is_random_after(10), shown=10),
    kind("supabase-service-key", "Supabase service role key", "Supabase: Project settings, API: roll the JWT secret", (b"eyJ",), _START + _JWT, check=jwt_of(iss="supabase", role="service_role"), shown=3),
    kind("neon-key", "Neon API key", "Neon: Account settings, API keys: revoke it", (b"napi_",), _START + rb"napi_[a-z0-9]{64}" + _END, check=is_random_after(5), shown=5),
    kind("upstash-token", "Upstash REST token", "Upstash: the database: reset the token", (b"upstash",), rb"upstash[a-z_.\- ]{0,30}token" + _IS + rb"(?P<secret>A[A-Za-z0-9+/_-]{38,80}={0,2})", check=is_mixed, any_case=True),
    kind("mongodb-atlas-key", "MongoDB Atlas private key", "MongoDB Atlas: Access manager, API keys: delete it", (b"atlas",), rb"atlas[a-z_.\- ]{0,20}private[_-]?key" + _IS + rb"(?P<secret>" + _UUID + rb")", check=is_mixed, any_case=True),
    kind("elastic-key", "Elastic Cloud API key", "Elastic Cloud: API keys: revoke it", (b"essu_",), _START + rb"essu_[A-Za-z0-9+/]{60,120}={0,2}", check=is_random_after(5), shown=5),
    kind("confluent-secret", "Confluent Cloud secret", "Confluent: API keys: delete it", (b"cflt",), _START + rb"cflt[A-Za-z0-9+/]{60}(?![A-Za-z0-9+/])", check=is_random_after(4), shown=4),
    kind("tailscale-key", "Tailscale key", "Tailscale: Settings, Keys: revoke it", (b"tskey-",), _START + rb"tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{20,48}" + _END, check=is_random_after(6), shown=6),
    kind("ngrok-token", "ngrok token", "ngrok: Your authtoken: reset it", (b"ngrok",), rb"ngrok[\s\S]{0,40}?authtoken[\"':=\s]{1,6}(?P<secret>[12][A-Za-z0-9]{26}_[A-Za-z0-9]{20,22})", check=is_random, any_case=True),
    kind("notion-token", "Notion integration token", "Notion: My integrations: refresh the secret", (b"ntn_",), _START + rb"ntn_[0-9]{11}[A-Za-z0-9]{35}" + _END, check=is_random_after(4), shown=4),
    kind("notion-secret", "Notion integration secret", "Notion: My integrations: refresh the secret", (b"secret_",), _START + rb"secret_[A-Za-z0-9]{43}" + _END, check=is_mixed, shown=7),
    kind("linear-key", "Linear API key", "Linear: Settings, API: revoke it", (b"lin_api_",), _START + rb"lin_api_[A-Za-z0-9]{40}" + _END, check=is_random_after(8), shown=8),
    kind("asana-token", "Asana token", "Asana: Developer console: deauthorize it", (b"asana",), rb"asana[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[01]/[0-9]{16}:[A-Za-z0-9]{32})", check=is_mixed, any_case=True),
    kind("airtable-token", "Airtable token", "Airtable: Developer hub, Personal access tokens: delete it", (b"pat",), _START + rb"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}" + _END, check=is_random_after(3), shown=3),
    kind("figma-token", "Figma token", "Figma: Settings, Personal access tokens: revoke it", (b"figd_",), _START + rb"figd_[A-Za-z0-9_-]{38,44}" + _END, check=is_random_after(5), shown=5),
    kind("postman-key", "Postman API key", "Postman: Settings, API keys: delete it", (b"PMAK-",), _START + rb"PMAK-[a-f0-9]{24}-[a-f0-9]{34}" + _END, check=is_random_after(5), shown=5),
    kind("readme-key", "ReadMe API key", "ReadMe: Configuration, API keys: delete it", (b"rdme_",), _START + rb"rdme_[a-z0-9]{70}" + _END, check=is_random_after(5), shown=5),
    kind("contentful-token", "Contentful management token", "Contentful: Settings, CMA tokens: revoke it", (b"CFPAT-",), _START + rb"CFPAT-[A-Za-z0-9_-]{43}" + _END, check=is_random_after(6), shown=6),
    kind("dropbox-token", "Dropbox token", "Dropbox: App console: revoke it; Settings, Connected apps", (b"sl.",), _START + rb"sl\.[A-Za-z0-9_-]{130,160}" + _END, check=is_random_after(3, 4.0), shown=3),
    kind("mapbox-secret-token", "Mapbox secret token", "Mapbox: Access tokens: delete it", (b"sk.eyJ",), _START + rb"sk\.eyJ[A-Za-z0-9_-]{60,120}\.[A-Za-z0-9_-]{22}" + _END, check=is_random_after(6), shown=3),
    kind("okta-token", "Okta API token", "Okta: Security, API, Tokens: revoke it", (b"okta", b"SSWS "), rb"(?:okta[a-z_.\- ]{0,20}token" + _IS + rb"|SSWS )(?P<secret>00[A-Za-z0-9_-]{40})(?![A-Za-z0-9_-])", check=is_mixed, any_case=True),
    kind("auth0-secret", "Auth0 client secret", "Auth0: the application's settings: rotate the secret", (b"auth0",), rb"auth0[a-z_.\- ]{0,20}secret" + _IS + rb"(?P<secret>[A-Za-z0-9_-]{64})(?![A-Za-z0-9_-])", check=is_mixed, any_case=True),
    kind("clerk-key", "Clerk secret key", "Clerk: API keys: roll it", (b"clerk",), rb"clerk[a-z_.\- ]{0,20}key" + _IS + rb"(?P<secret>sk_(?:live|test)_[A-Za-z0-9]{42})", check=is_random_after(8), any_case=True, shown=8),
    kind("age-key", "age private key", "make a new key, encrypt everything anew to it, and take what it decrypts for known", (b"AGE-SECRET-KEY-1",), _START + rb"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}" + _END, check=is_random_after(16), shown=16, in_programs=True),
    kind("minisign-key", "minisign private key", "make a new key and publish its public half in place of the old one", (b"minisign encrypted secret key", b"rsign encrypted secret key"), rb"(?:mini|r)sign encrypted secret key\r?\n(?P<secret>RW[A-Za-z0-9+/]{100,250}={0,2})", shown=2),
    kind("wireguard-key", "WireGuard private key", "make a new pair with `wg genkey` and give the peers the public half", (), rb"PrivateKey\s?=\s?(?P<secret>[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)", check=is_random, expression=rb"PrivateKey\s?=\s?[A-Za-z0-9+/]{43}="),
    kind("ansible-vault", "Ansible vault", "its content is encrypted: rotate what it holds if the vault's password may be known", (b"$ANSIBLE_VAULT;",), rb"\$ANSIBLE_VAULT;1\.[12];AES256[^\n]{0,80}\r?\n(?P<secret>[0-9a-f]{80})", check=is_hex_random),
    kind("rails-master-key", "Rails master key", "edit the credentials anew under a new master key, and rotate what they hold", (b"RAILS_MASTER_KEY", b"SECRET_KEY_BASE"), rb"(?:RAILS_MASTER_KEY|SECRET_KEY_BASE)" + _IS + rb"(?P<secret>[a-f0-9]{128}|[a-f0-9]{32})(?![a-f0-9])", check=is_hex_random),
    kind("django-secret-key", "Django secret key", "set a new SECRET_KEY: every session and signed link ends", (b"SECRET_KEY",), rb"(?<![A-Z_])(?:DJANGO_)?SECRET_KEY\s{0,3}=\s{0,3}[\"'](?P<secret>[^\"'\s]{50,100})[\"']", check=lambda value: is_random(value, 4.0) and b"insecure" not in value, weak=True),
    kind("laravel-key", "Laravel application key", "set a new key by `php artisan key:generate`: sessions end, encrypted values are lost", (b"APP_KEY=base64:",), rb"APP_KEY=base64:(?P<secret>[A-Za-z0-9+/]{43}=)", check=is_random),
    kind("wordpress-salt", "WordPress key", "set new keys and salts in wp-config.php: every session ends", (b"AUTH_KEY'", b"AUTH_SALT'"), rb"define\(\s?['\"](?:SECURE_|LOGGED_IN_|NONCE_)?(?:AUTH_KEY|AUTH_SALT)['\"],\s{0,8}['\"](?P<secret>[^'\"]{64})['\"]", check=lambda value: is_random(value, 4.0), back=60),
)  # fmt: skip
