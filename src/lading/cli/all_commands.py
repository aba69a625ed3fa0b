"""Every command, in the order of ``lading --help``. Modules are imported only when their command runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command of ``lading.cli.commands.<module>``: the click command that is its ``attribute``.

    ``summary`` stands here so that ``lading --help`` imports none of them.
    """

    name: str
    module: str
    section: str
    summary: str
    attribute: str = "command"


_SERVER, _IMAGES, _PATCHING, _GATES, _ACCESS, _HERE = (
    "Server",
    "What is in the registry",
    "Patching the fleet",
    "What may pass",
    "Who may do what",
    "This command",
)

ALL_COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("serve", "serve", _SERVER, "Start the registry, the gates, the console and the API."),
    CommandEntry("demo", "demo", _SERVER, "Walk the whole path on images built on the spot."),
    CommandEntry("admin", "admin", _SERVER, "What an operator or developer does now and then."),
    CommandEntry("agent", "running", _SERVER, "Report what Docker or Podman runs here.", "agent"),
    CommandEntry("deployments", "running", _IMAGES, "List tags that run in several digests.", "deployments"),
    CommandEntry("running", "running", _IMAGES, "List running containers and how they stand.", "running"),
    CommandEntry("images", "images", _IMAGES, "List images."),
    CommandEntry("image", "images", _IMAGES, "Show everything that is known of one image.", "show"),
    CommandEntry("tags", "tags", _IMAGES, "Tags: their history, and the rules on them."),
    CommandEntry("retention", "retention", _IMAGES, "What goes by itself, and legal holds."),
    CommandEntry("storage", "storage", _IMAGES, "Who keeps how much; quotas."),
    CommandEntry("upstream", "upstreams", _IMAGES, "Other registries to bring content from.", "upstream"),
    CommandEntry("cache", "upstreams", _IMAGES, "Repositories that stand for an upstream's.", "cache"),
    CommandEntry("mirror", "mirrors", _IMAGES, "Bring chosen tags of an upstream in, and hold changes."),
    CommandEntry("events", "events", _IMAGES, "Tell other systems of every change, by webhook."),
    CommandEntry("who-has", "knowledge", _IMAGES, "Tell who has a flaw or a package.", "who_has"),
    CommandEntry("alerts", "knowledge", _IMAGES, "List and acknowledge verdicts that changed.", "alerts"),
    CommandEntry("advisories", "knowledge", _IMAGES, "Import feeds of advisories.", "advisories"),
    CommandEntry("vex", "vex", _IMAGES, "Mark false positives once; take in what others state.", "vex"),
    CommandEntry("why", "why", _IMAGES, "Tell what needs a package of an image."),
    CommandEntry("scan", "scan", _IMAGES, "Look into an image, folder or container, without a server."),
    CommandEntry("sbom", "sbom", _IMAGES, "Download or make the bill of materials of an image."),
    CommandEntry("advise", "advice", _PATCHING, "List the updates that remove most, with why.", "advise"),
    CommandEntry("base", "bases", _PATCHING, "What images stand on, and what stands on them.", "base"),
    CommandEntry("rebase", "rebase", _PATCHING, "Put another base under an image, without a build."),
    CommandEntry("patch", "campaigns", _PATCHING, "Upgrade packages in an image, without a build.", "patch"),
    CommandEntry("cadence", "cadence", _PATCHING, "List images that are to be built again by their age."),
    CommandEntry("campaign", "campaigns", _PATCHING, "Move the fleet off a flaw or a base.", "campaign"),
    CommandEntry("check", "check", _GATES, "Judge Dockerfiles, Compose files and workload specs."),
    CommandEntry("gate", "gates", _GATES, "Ask whether an image may pass.", "gate"),
    CommandEntry("policy", "policies", _GATES, "Show, check, sign and compare policies.", "policy"),
    CommandEntry("engine", "engine", _GATES, "Guard a Docker Engine with the policy, as its plugin."),
    CommandEntry("waiver", "gates", _GATES, "Excuse a rule or a vulnerability for a while.", "waiver"),
    CommandEntry("approvals", "approvals", _GATES, "What waits for other people.", "approvals"),
    CommandEntry("break-glass", "approvals", _GATES, "Let everything pass for some hours.", "break_glass"),
    CommandEntry("promote", "promotions", _GATES, "Move an image into an environment.", "promote"),
    CommandEntry("rollback", "promotions", _GATES, "Move an environment back.", "rollback"),
    CommandEntry("promotions", "promotions", _GATES, "What was moved; approve what waits.", "promotions"),
    CommandEntry("environments", "promotions", _GATES, "List what each environment has.", "environments"),
    CommandEntry("sign", "signatures", _GATES, "Sign an image with a key of the server.", "sign"),
    CommandEntry("attest", "signatures", _GATES, "Attest a build, or what is in an image.", "attest"),
    CommandEntry("verify", "signatures", _GATES, "Verify signatures under the trust policy.", "verify"),
    CommandEntry("provenance", "signatures", _GATES, "Tell how an image was built.", "provenance"),
    CommandEntry("rebuild-check", "signatures", _GATES, "Compare a rebuild, file by file.", "rebuild_check"),
    CommandEntry("keys", "signatures", _GATES, "Keys of the server, and who may use them.", "keys"),
    CommandEntry("trust", "trust", _GATES, "Show, test and set whose signatures count.", "trust"),
    CommandEntry("signers", "trust", _GATES, "What each signer signed, and where that runs.", "signers"),
    CommandEntry("key", "signatures", _GATES, "Print the public key of the server.", "key"),
    CommandEntry("audit", "audit", _GATES, "Read the audit log, and prove that nobody changed it."),
    CommandEntry("login", "login", _ACCESS, "Sign in to a server."),
    CommandEntry("logout", "login", _ACCESS, "End the session.", "logout"),
    CommandEntry("whoami", "login", _ACCESS, "Show who the server takes this command for.", "whoami"),
    CommandEntry("users", "people", _ACCESS, "Local users.", "users"),
    CommandEntry("tokens", "tokens", _ACCESS, "Personal tokens, for docker login and programs."),
    CommandEntry("robots", "people", _ACCESS, "Accounts of machines.", "robots"),
    CommandEntry("teams", "people", _ACCESS, "Teams, and what they answer for.", "teams"),
    CommandEntry("owner", "people", _ACCESS, "Tell who answers for a repository.", "owner"),
    CommandEntry("access", "people", _ACCESS, "Give roles; tell who may do what, and why.", "access"),
    CommandEntry("completion", "completion", _HERE, "Print the completion script of a shell."),
)
