"""The Kubernetes webhook."""

from lading.adapters.webhook_certificate import webhook_certificate
from lading.admission.namespaces import NamespaceMap
from lading.bootstrap.gates import gate_ports
from lading.bootstrap.installation import Installation, clock
from lading.server.admission import AdmissionServices


def admission_services(installation: Installation) -> AdmissionServices:
    """What the Kubernetes webhook needs."""
    admission = installation.settings.admission
    return AdmissionServices(
        gate=gate_ports(installation),
        namespaces=NamespaceMap.of(admission.namespaces.items(), admission.default_environment),
        clock=clock,
        executor=installation.executor,
    )


def admission_certificate(installation: Installation) -> tuple[str, str]:
    """Paths of the webhook's certificate and key: those of the settings, or made in the data folder."""
    admission = installation.settings.admission
    if admission.tls_certificate:
        return admission.tls_certificate, admission.tls_key
    files = webhook_certificate(installation.folder.keys, admission.names, clock())
    return str(files.certificate), str(files.key)
