"""A passkey made of software: it really signs, so that registration and login can be tested to the end."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

ORIGIN = "http://testserver"
RP_ID = "testserver"
_F = AuthenticatorData.FLAG


class SoftPasskey:
    """A resident, user-verifying ES256 credential for `testserver` (W3C Web Authentication, level 2)."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.user_handle = ""

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create(options)` as JSON."""
        public = options["publicKey"]
        self.user_handle = public["user"]["id"]
        attested = AttestedCredentialData.create(
            bytes(16), self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(_rp_hash(), _F.UP | _F.UV | _F.AT, 0, attested)
        client = CollectedClientData.create("webauthn.create", public["challenge"], ORIGIN)
        return {
            **self._frame(),
            "response": {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            },
            "clientExtensionResults": {"credProps": {"rk": True}},
        }

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get(options)` as JSON."""
        data = AuthenticatorData.create(_rp_hash(), _F.UP | _F.UV, 1)
        client = CollectedClientData.create("webauthn.get", options["publicKey"]["challenge"], ORIGIN)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return {
            **self._frame(),
            "response": {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": self.user_handle,
            },
            "clientExtensionResults": {},
        }

    def _frame(self) -> dict[str, Any]:
        identifier = websafe_encode(self.id)
        return {"id": identifier, "rawId": identifier, "type": "public-key"}


def credential() -> dict[str, Any]:
    """What is kept of a registered passkey."""
    options = {"publicKey": {"user": {"id": "dXNlcg"}, "challenge": websafe_encode(secrets.token_bytes(32))}}
    return json.loads(json.dumps(SoftPasskey().register(options)))  # type: ignore[no-any-return]


def _rp_hash() -> bytes:
    return hashlib.sha256(RP_ID.encode()).digest()
