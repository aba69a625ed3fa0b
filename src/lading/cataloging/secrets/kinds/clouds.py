"""Keys and tokens of clouds and of what runs programs for others."""

import base64

from lading.cataloging.secrets.checks import (
    decodes_to,
    is_hex_random,
    is_mixed,
    is_random,
    is_random_after,
    luhn_free,
)
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.kind import by_pattern as kind

_START, _END = rb"(?<![A-Za-z0-9_])", rb"(?![A-Za-z0-9_-])"
_IS = rb"[\"'\s]{0,4}(?:=>|[:=])[\"'\s]{0,4}"
_AWS_BASE32 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def _is_aws_id(value: bytes) -> bool:
    """Four letters and sixteen characters of base 32, which hold the account's number."""
    if set(value[4:]) - _AWS_BASE32:
        return False
    return value.endswith(b"EXAMPLE") or (
        is_random(value[4:], 2.8) and len(base64.b32decode(value[4:])) == 10
    )


def _is_aws_secret(value: bytes) -> bool:
    return b"EXAMPLE" in value or (
        is_random(value, 4.0) and not value.startswith(b"/") and any(48 <= b <= 57 for b in value)
    )


KINDS: tuple[SecretKind, ...] = (
    kind(
        "aws-access-key", "AWS access key id",
        "AWS: IAM, the user's security credentials: make the key inactive, look at CloudTrail, delete it",
        (b"AKIA",), _START + rb"AKIA[A-Z0-9]{16}" + _END, check=_is_aws_id, shown=4,
    ),
    kind(
        "aws-temporary-key", "AWS temporary access key id",
        "AWS: revoke the sessions of the role it is of; it ends by itself",
        (b"ASIA",), _START + rb"ASIA[A-Z0-9]{16}" + _END, check=_is_aws_id, shown=4,
    ),
    kind(
        "aws-secret-key", "AWS secret access key",
        "AWS: IAM, the user's security credentials: make the key inactive, look at CloudTrail, delete it",
        (b"secret_access_key", b"secretaccesskey", b"secret-access-key", b"aws_secret", b"aws.secret", b"secretkey"),
        rb"(?:aws[_\-.]?)?(?:secret[_\-.]?(?:access[_\-.]?)?key(?:[_\-.]?id)?)" + _IS
        + rb"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        check=_is_aws_secret, any_case=True,
    ),
    kind(
        "aws-session-token", "AWS session token", "AWS: revoke the sessions of the role it is of; it ends by itself",
        (b"session_token", b"sessiontoken"),
        rb"(?:aws[_\-.]?)?session[_\-.]?token" + _IS + rb"(?P<secret>(?:IQoJb3|FwoGZX|FQoGZX)[A-Za-z0-9/+=]{100,2000})",
        any_case=True, check=is_random_after(6), shown=6,
    ),
    kind(
        "aws-bedrock-key", "Amazon Bedrock API key", "AWS: Bedrock, API keys: delete it",
        (b"ABSK",), _START + rb"ABSK[A-Za-z0-9+/]{109,269}={0,2}(?![A-Za-z0-9+/=])", check=is_random_after(4), shown=4,
    ),
    kind(
        "gcp-service-account", "Google service account key",
        "Google Cloud: IAM, Service accounts, Keys: delete the key with this id, look at the audit log",
        (b'"private_key_id"', b'\\"private_key_id\\"'),
        rb"\\?\"private_key_id\\?\"\s{0,4}:\s{0,4}\\?\"(?P<secret>[0-9a-f]{40})\\?\"(?=[\s\S]{0,200}private_key\\?\")",
        check=is_hex_random,
    ),
    kind(
        "gcp-api-key", "Google API key", "Google Cloud: APIs and services, Credentials: delete or restrict it",
        (b"AIza",), _START + rb"AIza[A-Za-z0-9_-]{35}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "gcp-oauth-token", "Google OAuth access token", "Google: it ends by itself in an hour; revoke the grant behind it",
        (b"ya29.",), _START + rb"ya29\.[A-Za-z0-9_-]{60,400}" + _END, check=is_random_after(5), shown=5,
    ),
    kind(
        "gcp-oauth-secret", "Google OAuth client secret", "Google Cloud: Credentials, the OAuth client: reset the secret",
        (b"GOCSPX-",), _START + rb"GOCSPX-[A-Za-z0-9_-]{28}" + _END, check=is_random_after(7), shown=7,
    ),
    kind(
        "gcp-refresh-token", "Google OAuth refresh token", "Google: Account, Third-party access: remove the application",
        (b"1//0",), rb"refresh_token" + _IS + rb"(?P<secret>1//0[A-Za-z0-9_-]{40,200})", check=is_random_after(4), shown=4, back=60
    ),
    kind(
        "firebase-server-key", "Firebase Cloud Messaging key", "Firebase: Project settings, Cloud Messaging: delete the key",
        (), _START + rb"AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{134}" + _END, check=is_random_after(18), shown=4, expression=rb"AAAA[A-Za-z0-9_-]{7}:APA91b",
    ),
    kind(
        "azure-storage-key", "Azure storage account key", "Azure: the storage account, Access keys: rotate both keys",
        (b"AccountKey=",), rb"AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)", check=decodes_to(64), in_programs=True,
    ),
    kind(
        "azure-shared-access-key", "Azure Service Bus or Event Hubs key",
        "Azure: the namespace, Shared access policies: regenerate the keys",
        (b"SharedAccessKey=",), rb"SharedAccessKey=(?P<secret>[A-Za-z0-9+/]{43}=)", check=decodes_to(32), in_programs=True,
    ),
    kind(
        "azure-sas-signature", "Azure shared access signature",
        "Azure: rotate the account key that signed it, or remove the stored access policy",
        (), rb"(?:sv=20\d\d-\d\d-\d\d[^\s\"']{0,300}&|[?&])sig=(?P<secret>[A-Za-z0-9%]{43,63}%3[dD])(?![A-Za-z0-9%])",
        check=is_random, weak=True, expression=rb"[?&]sig=[A-Za-z0-9%]{43}",
    ),
    kind(
        "azure-client-secret", "Azure application secret", "Azure: App registrations, Certificates and secrets: delete it",
        (b"Q~",), rb"(?<![A-Za-z0-9_~.-])(?P<secret>[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9_~.-])",
        check=is_random, back=8
    ),
    kind(
        "azure-devops-token", "Azure DevOps token", "Azure DevOps: User settings, Personal access tokens: revoke it",
        (), rb"(?<![A-Za-z0-9])(?P<secret>[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})(?![A-Za-z0-9])", check=is_random, expression=rb"[A-Za-z0-9]{76}AZDO",
    ),
    kind(
        "azure-cosmos-key", "Azure Cosmos DB key", "Azure: the account, Keys: regenerate them",
        (b"documents.azure.com",), rb"documents\.azure\.com[^\s\"']{0,10};AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)",
        check=decodes_to(64),
    ),
    kind(
        "azure-function-key", "Azure Functions key", "Azure: the function app, App keys: renew it",
        (b"AzFu",), rb"(?<![A-Za-z0-9_-])(?P<secret>[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{4}[A-Za-z0-9]{1,4}==)", check=is_random, back=48
    ),
    kind(
        "azure-search-key", "Azure AI Search key", "Azure: the search service, Keys: regenerate them",
        (b"AzSe",), rb"(?<![A-Za-z0-9])(?P<secret>[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5})(?![A-Za-z0-9])", check=is_random, back=44
    ),
    kind(
        "azure-container-registry-key", "Azure container registry password",
        "Azure: the registry, Access keys: regenerate the passwords",
        (b"+ACR",), rb"(?<![A-Za-z0-9/+])(?P<secret>[A-Za-z0-9/+]{42}\+ACR[A-D][A-Za-z0-9]{5})(?![A-Za-z0-9/+])", check=is_random, back=44
    ),
    kind(
        "alibaba-access-key", "Alibaba Cloud access key id", "Alibaba Cloud: RAM, the user's access keys: disable and delete it",
        (b"LTAI",), _START + rb"LTAI[A-Za-z0-9]{12,26}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "tencent-secret-id", "Tencent Cloud secret id", "Tencent Cloud: Access management, API keys: disable and delete it",
        (b"AKID",), _START + rb"AKID[A-Za-z0-9]{32}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "ibm-cloud-key", "IBM Cloud API key", "IBM Cloud: Manage, Access, API keys: delete it",
        (b"ibm", b"bluemix"), rb"(?:ibm|bluemix)[a-z_.\- ]{0,20}api[_-]?key" + _IS + rb"(?P<secret>[A-Za-z0-9_-]{44})(?![A-Za-z0-9_-])",
        check=is_mixed, any_case=True,
    ),
    kind(
        "digitalocean-token", "DigitalOcean token", "DigitalOcean: API, Tokens: revoke it",
        (b"dop_v1_",), _START + rb"dop_v1_[a-f0-9]{64}" + _END, check=is_random_after(7), shown=7, in_programs=True,
    ),
    kind(
        "digitalocean-oauth-token", "DigitalOcean OAuth token", "DigitalOcean: API, Authorized applications: revoke it",
        (b"doo_v1_",), _START + rb"doo_v1_[a-f0-9]{64}" + _END, check=is_random_after(7), shown=7, in_programs=True,
    ),
    kind(
        "digitalocean-refresh-token", "DigitalOcean refresh token", "DigitalOcean: API, Authorized applications: revoke it",
        (b"dor_v1_",), _START + rb"dor_v1_[a-f0-9]{64}" + _END, check=is_random_after(7), shown=7, in_programs=True,
    ),
    kind(
        "heroku-token", "Heroku API token", "Heroku: Account settings, API key: regenerate it",
        (b"HRKU-",), _START + rb"HRKU-[A-Za-z0-9_-]{36,70}" + _END, check=is_random_after(5), shown=5,
    ),
    kind(
        "heroku-key", "Heroku API key", "Heroku: Account settings, API key: regenerate it",
        (b"heroku",), rb"heroku[a-z_.\- ]{0,20}(?:key|token)" + _IS
        + rb"(?P<secret>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", check=is_mixed, any_case=True,
    ),
    kind(
        "fly-token", "Fly.io token", "Fly.io: revoke it by `fly tokens revoke`",
        (b"FlyV1 ",), rb"FlyV1 fm[12][a-z]?_[A-Za-z0-9+/=,_-]{100,2000}", check=luhn_free, shown=6,
    ),
    kind(
        "vercel-token", "Vercel token", "Vercel: Account settings, Tokens: delete it",
        (b"vercel",), rb"vercel[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[A-Za-z0-9]{24})(?![A-Za-z0-9])", check=is_mixed, any_case=True, weak=True,
    ),
    kind(
        "netlify-token", "Netlify token", "Netlify: User settings, Applications, Personal access tokens: delete it",
        (b"nfp_",), _START + rb"nfp_[A-Za-z0-9]{36}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "cloudflare-origin-key", "Cloudflare origin CA key", "Cloudflare: My profile, API tokens, Origin CA key: change it",
        (b"v1.0-",), _START + rb"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}" + _END, check=is_random_after(5), shown=5,
    ),
    kind(
        "cloudflare-token", "Cloudflare API token", "Cloudflare: My profile, API tokens: roll or delete it",
        (b"cloudflare", b"cf_api"), rb"(?:cloudflare|cf_api)[a-z_.\- ]{0,20}(?:token|key)" + _IS
        + rb"(?P<secret>[A-Za-z0-9_-]{40}|[a-f0-9]{37})(?![A-Za-z0-9_-])", check=is_mixed, any_case=True,
    ),
    kind(
        "fastly-token", "Fastly token", "Fastly: Account, Personal API tokens: delete it",
        (b"fastly",), rb"fastly[a-z_.\- ]{0,20}(?:token|key)" + _IS + rb"(?P<secret>[A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])",
        check=is_mixed, any_case=True, weak=True,
    ),
    kind(
        "scaleway-key", "Scaleway access key", "Scaleway: IAM, API keys: delete it",
        (b"SCW",), _START + rb"SCW[A-Z0-9]{17}" + _END, check=is_random_after(3), shown=3, weak=True,
    ),
    kind(
        "ovh-key", "OVH application secret", "OVH: revoke the application's credentials by the API",
        (b"ovh",), rb"ovh[a-z_.\- ]{0,24}(?:secret|consumer[_-]?key)" + _IS + rb"(?P<secret>[a-f0-9]{32}|[A-Za-z0-9]{32})(?![A-Za-z0-9])",
        check=is_mixed, any_case=True, weak=True,
    ),
    kind(
        "linode-token", "Linode token", "Linode: My profile, API tokens: revoke it",
        (b"linode",), rb"linode[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[a-f0-9]{64})(?![a-f0-9])", check=is_hex_random, any_case=True,
    ),
    kind(
        "hetzner-token", "Hetzner Cloud token", "Hetzner Cloud: the project, Security, API tokens: delete it",
        (b"hcloud", b"hetzner"), rb"(?:hcloud|hetzner)[a-z_.\- ]{0,20}token" + _IS + rb"(?P<secret>[A-Za-z0-9]{64})(?![A-Za-z0-9])",
        check=is_mixed, any_case=True,
    ),
    kind(
        "yandex-cloud-key", "Yandex Cloud key", "Yandex Cloud: the service account, API keys: delete it",
        (b"AQVN",), _START + rb"AQVN[A-Za-z0-9_-]{35,38}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "vault-token", "HashiCorp Vault token", "Vault: `vault token revoke`, and look at the audit log",
        (b"hvs.", b"hvb.", b"hvr."), _START + rb"hv[sbr]\.[A-Za-z0-9_-]{90,300}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "terraform-cloud-token", "HCP Terraform token", "HCP Terraform: User settings, Tokens: delete it",
        (b".atlasv1.",), rb"(?<![A-Za-z0-9])(?P<secret>[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70})" + _END, check=is_random, back=16
    ),
    kind(
        "pulumi-token", "Pulumi access token", "Pulumi: Account settings, Access tokens: delete it",
        (b"pul-",), _START + rb"pul-[a-f0-9]{40}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "doppler-token", "Doppler token", "Doppler: Tokens or Service tokens: revoke it",
        (b"dp.pt.", b"dp.st.", b"dp.ct.", b"dp.sa.", b"dp.scim.", b"dp.audit."),
        _START + rb"dp\.(?:pt|ct|sa|scim|audit|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44}" + _END, check=is_random_after(6), shown=6,
    ),
    kind(
        "infracost-key", "Infracost key", "Infracost: Org settings, API tokens: regenerate it",
        (b"ico-",), _START + rb"ico-[A-Za-z0-9]{32}" + _END, check=is_random_after(4), shown=4,
    ),
    kind(
        "one-password-token", "1Password service account token", "1Password: Developer, Service accounts: rotate it",
        (b"ops_eyJ",), _START + rb"ops_eyJ[A-Za-z0-9+/_-]{250,}={0,3}", check=is_random_after(7), shown=4, in_programs=True,
    ),
    kind(
        "one-password-secret-key", "1Password secret key", "1Password: Account, regenerate the secret key",
        (b"A3-",), _START + rb"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}" + _END,
        check=is_random_after(3), shown=3,
    ),
    kind(
        "akamai-token", "Akamai EdgeGrid token", "Akamai: Identity and access, API clients: deactivate the credential",
        (b"akab-",), _START + rb"akab-[a-z0-9]{16}-[a-z0-9]{16}" + _END, check=is_random_after(5), shown=5,
    ),
    kind(
        "oracle-cloud-key", "Oracle Cloud user id with a key", "Oracle Cloud: the user's API keys: delete the one with this fingerprint",
        (b"ocid1.user.",), rb"(?P<secret>ocid1\.user\.oc1\.\.[a-z0-9]{60})(?=[\s\S]{0,400}(?:fingerprint|key_file|PRIVATE KEY))",
        check=is_random_after(17), shown=15, weak=True,
    ),
)  # fmt: skip
