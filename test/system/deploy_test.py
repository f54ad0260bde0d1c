#!/usr/bin/env python3
"""deploy/overlays on the real API server: every object passes a server-side dry run with strict validation and without a warning, the rights
and policies are the files that the reconciler's own suite installs, and what is referred to is there. deploy_test.py BERTH FLAVOUR"""

import pathlib
import shutil
import subprocess
import sys

import clusters
from clusters import CLUSTER, cluster_of
from harness import Tally, folder
from deployed import DEPLOY, SPACE, copy_of_deploy, name_of, objects_of, rendered

OVERLAYS = {"plain": ["kubernetes"], "openshift": ["openshift", "openshift-ha"]}


def kubectl(place, *arguments, text=None):
    return clusters.kubectl(place, *arguments, timeout=600, **({"input": text} if text is not None else {}))


def initialised(berth, place, flavour, tally):
    """Before anything is applied, as README has it: so the namespace is there too, without which nothing in it passes a dry run."""
    def init(*arguments):
        return subprocess.run([berth, "init", "--kubeconfig", str(pathlib.Path(place) / "admin.kubeconfig"), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
    done = init("--first-admin", "root")
    tally.check(done.returncode == 2 and kubectl(place, "get", "namespace", SPACE).returncode != 0, f"{flavour}: without an address nothing is made", done.stderr.strip())
    done = init("--first-admin", "root@example.org")
    secrets = {name: kubectl(place, "get", "secret", name, "-n", SPACE, "-o", "jsonpath={.data}").stdout for name in ("berth-database", "berth-first-admin")}
    tally.check(done.returncode == 0 and all(secrets.values()) and "password " in done.stdout, f"{flavour}: berth init makes the Secrets", done.stderr.strip())
    again = init("--first-admin", "root@example.org")
    same = {name: kubectl(place, "get", "secret", name, "-n", SPACE, "-o", "jsonpath={.data}").stdout for name in secrets}
    tally.check(again.returncode == 0 and same == secrets and again.stdout.count("kept the Secret") == 2 and "password" not in again.stdout,
                f"{flavour}: done again it keeps them and says so", again.stdout + again.stderr)


def passes(items, place, overlay, flavour, tally):
    # For real, since the standard of a namespace is asked of the one that is there.
    labels = next(item for item in items if item["kind"] == "Namespace")["metadata"]["labels"]
    kubectl(place, "label", "namespace", SPACE, "--overwrite", *(f"{key}={value}" for key, value in labels.items()))
    done = kubectl(place, "apply", "-k", str(DEPLOY / "overlays" / overlay), "--dry-run=server", "--validate=strict")
    # Of what init made, kubectl says that it was not applied; that is no fault of a field.
    warnings = [line for line in done.stderr.splitlines() if "last-applied-configuration" not in line]
    tally.check(done.returncode == 0 and not warnings, f"{flavour}: {overlay} passes, every field known, pods within the restricted standard",
                "\n".join(warnings)[:2000])


def same_files(items, overlay, flavour, tally):
    """Rights and policies: those of the files, and no other."""
    wanted, there = objects_of("rbac", "policies"), {name_of(item): item for item in items}
    space = next(item for key, item in there.items() if key[0] == "v1/Namespace")
    labels = space["metadata"].pop("labels")
    differ = [name for name, item in wanted.items() if there.get(name) != item]
    tally.check(not differ, f"{flavour}: {overlay} has the rights and policies of the files, word for word", str(differ))
    space["metadata"]["labels"] = labels
    groups = ("rbac.authorization.k8s.io/", "admissionregistration.k8s.io/")
    more = [name for name in there if name[0].startswith(groups) and name not in wanted]
    tally.check(not more, f"{flavour}: {overlay} has none besides", str(more))


def referred(items, place, overlay, flavour, tally):
    """Every Secret, ConfigMap and account that a pod names is there, with the key."""
    there = {(item["kind"], item["metadata"]["name"]): item for item in items}
    missing, pods = [], [item["spec"]["template"]["spec"] for item in items if item["kind"] in ("Deployment", "StatefulSet")]
    def key_of_secret(name, key):
        if not kubectl(place, "get", "secret", name, "-n", SPACE, "-o", f"jsonpath={{.data.{key}}}").stdout:
            missing.append(f"Secret {name} {key}")
    for pod in pods:
        if ("ServiceAccount", pod["serviceAccountName"]) not in there:
            missing.append(pod["serviceAccountName"])
        for volume in pod.get("volumes", []):
            for item in volume.get("secret", {}).get("items", []):
                key_of_secret(volume["secret"]["secretName"], item["key"])
        for container in pod.get("initContainers", []) + pod["containers"]:
            for variable in container.get("env", []):
                source = variable.get("valueFrom", {})
                if "secretKeyRef" in source:
                    key_of_secret(source["secretKeyRef"]["name"], source["secretKeyRef"]["key"])
                if "configMapKeyRef" in source and source["configMapKeyRef"]["key"] not in there.get(("ConfigMap", source["configMapKeyRef"]["name"]), {}).get("data", {}):
                    missing.append(str(source["configMapKeyRef"]))
    tally.check(pods and not missing, f"{flavour}: {overlay}: what its pods refer to is there", str(missing))
    tally.check(not any(item["kind"] == "Secret" for item in items), f"{flavour}: {overlay} holds no Secret")


def as_wanted(items, overlay, flavour, tally):
    budgets = sorted(item["metadata"]["name"] for item in items if item["kind"] == "PodDisruptionBudget")
    tally.check(budgets == (["berth-portal", "berth-reconciler"] if overlay == "openshift-ha" else []), f"{flavour}: {overlay}: budgets only where there are several nodes", str(budgets))
    loose = []
    for item in items:
        if item["kind"] not in ("Deployment", "StatefulSet"):
            continue
        for container in item["spec"]["template"]["spec"].get("initContainers", []) + item["spec"]["template"]["spec"]["containers"]:
            fine = container["securityContext"]["readOnlyRootFilesystem"] and set(container["resources"]["limits"]) == {"cpu", "memory", "ephemeral-storage"}
            loose += [] if fine else [container["name"]]
    tally.check(not loose, f"{flavour}: {overlay}: every root is read-only, every container has limits", str(loose))


def site_counts(place, overlay, flavour, tally):
    """What is written to site.env and images.env arrives, and a field that is not known is refused."""
    with folder() as scratch:
        deploy = copy_of_deploy(scratch, PORTAL_HOST="portal.example.net", TLS_SECRET="other-tls", DATABASE_SIZE="7Gi", INGRESS_CLASS="other",
                                ROUTER_NAMESPACE="routers", MONITORING_NAMESPACE="prometheus")
        digest = "@sha256:" + "0" * 64
        (deploy / "site/images.env").write_text(f"BERTH_IMAGE=host:5000/a/berth{digest}\nPOSTGRES_IMAGE=host/b{digest}\nWORKSPACE_IMAGE=host/c{digest}\n")
        text = kubectl(place, "kustomize", str(deploy / "overlays" / overlay)).stdout
        wanted = [f"image: host:5000/a/berth{digest}", f"image: host/b{digest}", "storage: 7Gi", "kubernetes.io/metadata.name: prometheus"]
        wanted += ["host: portal.example.net"] + (["secretName: other-tls", "ingressClassName: other", "kubernetes.io/metadata.name: routers"] if flavour == "plain" else [])
        lacking = [words for words in wanted if words not in text]
        left = [words for words in ("example.com", "image: berth") if words in text]
        tally.check(not lacking and not left, f"{flavour}: {overlay}: what the site says arrives", f"{lacking} {left}")
        portal = deploy / "base/portal.yaml"
        portal.write_text(portal.read_text().replace("revisionHistoryLimit", "revisionsHistoryLimit"))
        done = kubectl(place, "apply", "-k", str(deploy / "overlays" / overlay), "--dry-run=server", "--validate=strict")
        tally.check(done.returncode != 0 and "revisionsHistoryLimit" in done.stderr, f"{flavour}: {overlay}: a field that is not known is refused", done.stderr[-300:])
        portal.write_text((DEPLOY / "base/portal.yaml").read_text().replace("runAsNonRoot: true, ", ""))
        done = kubectl(place, "apply", "-k", str(deploy / "overlays" / overlay), "--dry-run=server", "--validate=strict")
        tally.check("would violate PodSecurity" in done.stderr, f"{flavour}: {overlay}: a pod outside the restricted standard is warned of", done.stderr[-300:])


def main():
    berth, flavour = sys.argv[1:]
    tally = Tally()
    berth = shutil.which(berth) or str(pathlib.Path(berth).resolve())
    with cluster_of(flavour, tally) as place:
        if place:
            initialised(berth, place, flavour, tally)
            for overlay in OVERLAYS[flavour]:
                items = rendered([CLUSTER, "kubectl", "--dir", place], DEPLOY / "overlays" / overlay)
                passes(items, place, overlay, flavour, tally)
                same_files(items, overlay, flavour, tally)
                referred(items, place, overlay, flavour, tally)
                as_wanted(items, overlay, flavour, tally)
                site_counts(place, overlay, flavour, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
