"""A client for the API server: JSON in, JSON out, one connection per call. Only what starting and smoke tests need."""

from __future__ import annotations

import http.client
import json
import pathlib
import ssl
from typing import Any

from .failures import Failure

CALL_DEADLINE_S = 30.0   # some ms on a machine that has nothing else to do; one call too late, and a shared cluster is replaced
Object = dict[str, Any]


class Api:
    """Speaks to the API server on `port` of `address` as the administrator of `keys`."""

    def __init__(self, port: int, keys: pathlib.Path, address: str = "127.0.0.1") -> None:
        self._address, self._port = address, port
        self._tls = ssl.create_default_context(cafile=str(keys / "ca.crt"))
        self._tls.load_cert_chain(str(keys / "admin.crt"), str(keys / "admin.key"))

    def call(self, method: str, path: str, body: Object | None = None) -> tuple[int, Any]:
        """Returns the status and the decoded body (text where it is not JSON). Status 0: no answer at all."""
        connection = http.client.HTTPSConnection(self._address, self._port, timeout=CALL_DEADLINE_S, context=self._tls)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json", "Accept": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text)
        except json.JSONDecodeError:
            return answer.status, text

    def ready(self) -> bool:
        return self.call("GET", "/readyz")[0] == 200

    def get(self, path: str) -> Object | None:
        """The object, or nothing while there is none or no answer."""
        status, body = self.call("GET", path)
        return body if status == 200 else None

    def gone(self, path: str) -> bool:
        return self.call("GET", path)[0] == 404

    def create(self, collection: str, body: Object) -> Object:
        status, answer = self.call("POST", collection, body)
        if status != 201:
            raise Failure(f"create {body['kind']} {body['metadata']['name']}: {status} {_message(answer)}")
        return answer

    def delete(self, path: str) -> None:
        status, answer = self.call("DELETE", path)
        if status not in (200, 202, 404):
            raise Failure(f"delete {path}: {status} {_message(answer)}")


def _message(answer: Any) -> str:
    return answer.get("message", "") if isinstance(answer, dict) else str(answer)


def condition_is_true(body: Object | None, kind: str) -> bool:
    conditions = ((body or {}).get("status") or {}).get("conditions") or []
    return any(c.get("type") == kind and c.get("status") == "True" for c in conditions)
