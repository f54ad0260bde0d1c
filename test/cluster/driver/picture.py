"""What a cluster holds, so that one which several suites use can be put back as it was after each."""

from __future__ import annotations

import json
import pathlib
import time

from .api import Api, Object
from .failures import Failure
from .waiting import POLL_S

GONE_WITHIN_S = 120.0
# These come and go by themselves.
RESTLESS = {"events", "leases", "componentstatuses", "endpointslices", "endpoints", "ipaddresses"}
# Changed in place by suites and put back whole.
RESTORED = {"securitycontextconstraints"}

Picture = dict[str, str]   # path of each object: its uid


def api_of(folder: pathlib.Path) -> Api:
    server = json.loads((folder / "cluster.json").read_text())["server"]
    return Api(int(server.rsplit(":", 1)[1]), folder / "keys")


def collections(api: Api) -> list[tuple[str, str]]:
    """Group path and plural of everything that can be listed and deleted; each kind once, in its preferred version."""
    groups = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in _got(api, "/apis")["groups"])]
    return [(group, resource["name"]) for group in groups for resource in _got(api, group)["resources"]
            if "/" not in resource["name"] and {"list", "delete"} <= set(resource["verbs"]) and resource["name"] not in RESTLESS]


def objects(api: Api) -> dict[str, Object]:
    found = {}
    for group, plural in collections(api):
        for item in _got(api, f"{group}/{plural}")["items"]:
            space = item["metadata"].get("namespace")
            found["/".join([group, *(["namespaces", space] if space else []), plural, item["metadata"]["name"]])] = item
    return found


def take(api: Api) -> tuple[Picture, list[Object]]:
    """Every object's uid, and those that are put back whole."""
    found = objects(api)
    return {path: item["metadata"]["uid"] for path, item in found.items()}, [
        {"path": path, "object": item} for path, item in found.items() if path.split("/")[-2] in RESTORED]


def put_back(api: Api, first: Picture, whole: list[Object]) -> None:
    """Deletes what was not there at first, in namespaces that stay and beyond; raises what cannot be put back."""
    until = time.monotonic() + GONE_WITHIN_S
    told: set[str] = set()
    while True:
        now = objects(api)
        lost = [path for path, uid in first.items() if path not in now or now[path]["metadata"]["uid"] != uid]
        if lost:
            raise Failure(f"{lost[0]} is not what it was, and {len(lost) - 1} others")
        extra = [path for path in now if path not in first]
        if not extra:
            break
        if time.monotonic() > until:
            raise Failure(f"{extra[0]} is still there {GONE_WITHIN_S:.0f} s after it was deleted, and {len(extra) - 1} others")
        for path in extra:
            if path not in told and not _goes_with_its_namespace(path, first):
                api.delete(path)
                told.add(path)
        time.sleep(POLL_S * 10)
    for one in whole:
        _restore(api, one["path"], one["object"], now[one["path"]])


def _goes_with_its_namespace(path: str, first: Picture) -> bool:
    parts = path.split("/")
    return len(parts) >= 4 and parts[-4] == "namespaces" and f"/api/v1/namespaces/{parts[-3]}" not in first


def _restore(api: Api, path: str, wanted: Object, seen: Object) -> None:
    if wanted["metadata"]["resourceVersion"] == seen["metadata"]["resourceVersion"]:
        return
    body = {**wanted, "metadata": {**wanted["metadata"], "resourceVersion": seen["metadata"]["resourceVersion"]}}
    status, answer = api.call("PUT", path, body)
    if status != 200:
        raise Failure(f"put {path} back: {status} {answer}")


def _got(api: Api, path: str) -> Object:
    status, body = api.call("GET", path)
    if status != 200:
        raise Failure(f"read {path}: {status} {body}")
    return body
