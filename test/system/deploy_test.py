#!/usr/bin/env python3
"""deploy/overlays on the real API server: every object passes a server-side dry run with strict validation and without a warning, the rights
and policies are the files that the reconciler's own suite installs, and what is referred to is there. deploy_test.py BERTH FLAVOUR"""

import base64
import json
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

import clusters
import operators
from clusters import CLUSTER, cluster_of
from harness import Tally, folder, wait_for
from deployed import DEPLOY, SPACE, copy_of_deploy, name_of, objects_of, rendered

OVERLAYS = {"plain": ["kubernetes"], "openshift": ["openshift", "openshift-ha", "openshift-ha-cloudnativepg", "openshift-ha-cloudnativepg-backups"]}
SEVERAL_NODES = {"openshift-ha", "openshift-ha-cloudnativepg", "openshift-ha-cloudnativepg-backups"}
BACKUPS = {"plain": ["kubernetes"], "openshift": ["openshift", "openshift-cloudnativepg"]}
MADE_BY_OPERATOR = {("berth-postgres-ca", "ca.crt")}   # Secret and key: CloudNativePG's authority
APART = ["storage/operator", "storage/disk", "storage/registry", "builds"]   # OpenShift's alone, and not of an overlay
OF_OTHERS = ["openshift-lvm-storage", "openshift-image-registry", "berth-builds"]


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
        if (name, key) not in MADE_BY_OPERATOR and not kubectl(place, "get", "secret", name, "-n", SPACE, "-o", f"jsonpath={{.data.{key}}}").stdout:
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
    tally.check(budgets == (["berth-portal", "berth-reconciler"] if overlay in SEVERAL_NODES else []), f"{flavour}: {overlay}: budgets only where there are several nodes", str(budgets))
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
                                ROUTER_NAMESPACE="routers", MONITORING_NAMESPACE="prometheus", CLOUDNATIVEPG_IMAGE="host/d:15")
        digest = "@sha256:" + "0" * 64
        (deploy / "site/images.env").write_text(f"BERTH_IMAGE=host:5000/a/berth{digest}\nPOSTGRES_IMAGE=host/b{digest}\nWORKSPACE_IMAGE=host/c{digest}\n")
        text = kubectl(place, "kustomize", str(deploy / "overlays" / overlay)).stdout
        wanted = [f"image: host:5000/a/berth{digest}", "kubernetes.io/metadata.name: prometheus"]
        wanted += ["imageName: host/d:15", "size: 7Gi"] if "cloudnativepg" in overlay else [f"image: host/b{digest}", "storage: 7Gi"]
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


def by_cloudnativepg(berth, place, tally):
    """The database of another kind: its Secrets are there in the form that its operator wants, it knows every field, and nothing of ours is left."""
    overlay = "openshift-ha-cloudnativepg"
    done = subprocess.run([berth, "init", "--kubeconfig", str(pathlib.Path(place) / "admin.kubeconfig"), "--first-admin", "root@example.org", "--cloudnativepg"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    tally.check(done.returncode == 0 and done.stdout.count("made the Secret") == 3, "cloudnativepg: berth init makes its Secrets", done.stdout + done.stderr)
    items = rendered([CLUSTER, "kubectl", "--dir", place], DEPLOY / "overlays" / overlay)
    cluster = next(item for item in items if item["kind"] == "Cluster")["spec"]
    roles = {cluster["bootstrap"]["initdb"]["secret"]["name"]: cluster["bootstrap"]["initdb"]["owner"],
             **{role["passwordSecret"]["name"]: role["name"] for role in cluster["managed"]["roles"]}}
    found = {name: yaml.safe_load(kubectl(place, "get", "secret", name, "-n", SPACE, "-o", "yaml").stdout) for name in roles}
    of_berth = yaml.safe_load(kubectl(place, "get", "secret", "berth-database", "-n", SPACE, "-o", "yaml").stdout)["data"]
    wrong = [name for name, role in roles.items() if not found[name] or found[name]["type"] != "kubernetes.io/basic-auth"
             or base64.b64decode(found[name]["data"]["username"]).decode() != role or found[name]["data"]["password"] != of_berth[name.removeprefix("berth-database-")]]
    tally.check(not wrong and len(roles) == 3, "cloudnativepg: each role has its own, with the password that the programs log in with", str(wrong))
    left = [(item["kind"], item["metadata"]["name"]) for item in items if item["kind"] in ("StatefulSet", "Service", "ServiceAccount") and item["metadata"]["name"] == "berth-postgres"]
    loose = [container["name"] for item in items if item["kind"] == "Deployment" for container in
             item["spec"]["template"]["spec"].get("initContainers", []) + item["spec"]["template"]["spec"]["containers"]
             if any(one["name"] == "BERTH_DATABASE_URL" for one in container["env"]) and {"name": "PGSSLMODE", "value": "verify-full"} not in container["env"]]
    tally.check(not left and not loose, "cloudnativepg: our own database is left out, and every program asks for the server's certificate", f"{left} {loose}")
    text = kubectl(place, "kustomize", str(DEPLOY / "overlays" / overlay)).stdout
    for known, other in {"enableSuperuserAccess:": "enableSuperUserAccess:", "dataDurability:": "dataDurable:", "passwordSecret:": "passwordsSecret:"}.items():
        done = strictly(place, None, text.replace(known, other))
        tally.check(known in text and done.returncode != 0 and other[:-1] in done.stderr, f"cloudnativepg: {other[:-1]} is refused", done.stderr[-300:])


def fair(place, flavour, tally):
    """Whose calls the API server counts the reconciler's among, by its own word."""
    kubectl(place, "apply", "-f", str(DEPLOY / "base/fairness.yaml"))
    levels = {one["metadata"]["uid"]: one["metadata"]["name"] for one in yaml.safe_load(kubectl(place, "get", "flowschema", "-o", "yaml").stdout)["items"]}
    def counted(account, path):
        said = kubectl(place, "get", "--raw", path, "-v=9", f"--as=system:serviceaccount:{SPACE}:{account}").stderr
        found = re.search(r"X-Kubernetes-Pf-Flowschema-Uid: (\S+)", said, re.IGNORECASE)
        return levels.get(found[1]) if found else said[-300:]
    lease, others = f"/apis/coordination.k8s.io/v1/namespaces/{SPACE}/leases/any", "/api/v1/namespaces"
    wanted = {("berth-reconciler", lease): "berth-reconciler-lease", ("berth-reconciler", others): "berth-reconciler", ("berth-portal", others): "service-accounts"}
    # It looks at what was applied within seconds, not at once.
    seen = wait_for(lambda: (it if (it := {one: counted(*one) for one in wanted}) == wanted else None), 30, 0.5) or {one: counted(*one) for one in wanted}
    tally.check(seen == wanted, f"{flavour}: the reconciler's calls come before those of sessions, its Lease before all", str(seen))


def backups(place, flavour, of_flavour, tally):
    """What is applied beside an overlay: within the restricted standard, and told where the site's key and image go."""
    path = f"backup/{of_flavour}"
    key = "berth-backup-public-1:" + "A" * 43
    with folder() as scratch:
        deploy = copy_of_deploy(scratch, BACKUP_PUBLIC_KEY=key, BACKUP_SCHEDULE="5 3 * * 1", BACKUP_SIZE="7Gi")
        digest = "host:5000/a/berth@sha256:" + "0" * 64
        (deploy / "site/images.env").write_text(f"BERTH_IMAGE={digest}\nPOSTGRES_IMAGE=b\nWORKSPACE_IMAGE=c\n")
        done = strictly(place, deploy / path)
        warnings = [line for line in done.stderr.splitlines() if "last-applied-configuration" not in line]
        tally.check(done.returncode == 0 and not warnings, f"{flavour}: {path} passes, every field known, pods within the restricted standard", "\n".join(warnings)[:2000])
        done = strictly(place, deploy / "backup/reader")
        pod = next(item for item in rendered([CLUSTER, "kubectl", "--dir", place], deploy / "backup/reader") if item["kind"] == "Pod")
        tally.check(done.returncode == 0 and not done.stderr and pod["spec"]["containers"][0]["image"] == "b", f"{flavour}: backup/reader passes", done.stderr)
        items = rendered([CLUSTER, "kubectl", "--dir", place], deploy / path)
        job = next(item for item in items if item["kind"] == "CronJob")
        pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        site = next(item for item in items if item["kind"] == "ConfigMap")
        environment = {one["name"]: one for one in pod["containers"][0]["env"]}
        named = {one.get("valueFrom", {}).get("configMapKeyRef", {}).get("name") for one in environment.values()} - {None}
        claim = next(item for item in items if item["kind"] == "PersistentVolumeClaim")["spec"]["resources"]["requests"]["storage"]
        tally.check(pod["containers"][0]["image"] == digest and job["spec"]["schedule"] == "5 3 * * 1" and claim == "7Gi" and site["data"]["BACKUP_PUBLIC_KEY"] == key
                    and named == {site["metadata"]["name"]}, f"{flavour}: {path}: what the site says arrives", f"{named} {claim} {job['spec']['schedule']}")
        held = [one["name"] for one in environment.values() if "secretKeyRef" in one.get("valueFrom", {})]
        tally.check(held == ["PGPASSWORD"] and not any(item["kind"] == "Secret" for item in items), f"{flavour}: {path} has the database's password, and no key that opens a backup", str(held))


def strictly(place, path, text=None):
    return kubectl(place, "apply", *(["-k", str(path)] if text is None else ["-f", "-"]), "--dry-run=server", "--validate=strict", text=text)


def apart(place, tally):
    """Storage and builds: every field is known to the kinds' own definitions, and one that is not is refused."""
    for name in OF_OTHERS:
        kubectl(place, "create", "namespace", name)
    # As OpenShift has it where it knows no storage.
    unlike = {"managementState": "Removed", "replicas": 1, "logLevel": "Normal", "rolloutStrategy": "RollingUpdate", "storage": {}}
    there = {"apiVersion": "imageregistry.operator.openshift.io/v1", "kind": "Config", "metadata": {"name": "cluster"}, "spec": unlike}
    kubectl(place, "create", "-f", "-", text=json.dumps(there))
    for name in APART:
        done = strictly(place, DEPLOY / name)
        warnings = [line for line in done.stderr.splitlines() if "last-applied-configuration" not in line]
        tally.check(done.returncode == 0 and not warnings, f"openshift: {name} passes, every field known", "\n".join(warnings)[:2000])
    wrong = {"storage/operator": ("channel:", "chanel:"), "storage/disk": ("sizePercent:", "sizePercents:"), "storage/registry": ("rolloutStrategy:", "rolloutStrategie:"),
             "builds": ("dockerfilePath:", "dockerFilePath:")}
    for name, words in wrong.items():
        text = kubectl(place, "kustomize", str(DEPLOY / name)).stdout
        done = strictly(place, None, text.replace(*words))
        tally.check(words[0] in text and done.returncode != 0 and words[1][:-1] in done.stderr, f"openshift: {name}: {words[1][:-1]} is refused", done.stderr[-300:])
    for name, words in {"storage/disk": ("overprovisionRatio: 1", "overprovisionRatio: 0"), "storage/registry": ("Recreate", "recreate")}.items():
        done = strictly(place, None, kubectl(place, "kustomize", str(DEPLOY / name)).stdout.replace(*words))
        tally.check(done.returncode != 0 and "Invalid value" in done.stderr, f"openshift: {name}: {words[1]} is refused", done.stderr[-300:])

    def settings():
        return yaml.safe_load(kubectl(place, "get", "configs.imageregistry.operator.openshift.io", "cluster", "-o", "yaml").stdout)["spec"]
    before = settings()
    done = kubectl(place, "apply", "-k", str(DEPLOY / "storage/registry"))
    spec = settings()
    tally.check(done.returncode == 0 and before | unlike == before and spec == before | {"managementState": "Managed", "rolloutStrategy": "Recreate", "storage": {"pvc": {"claim": "registry-storage"}}},
                "openshift: the registry's settings get four values and keep the others", str(spec))
    claim = yaml.safe_load(kubectl(place, "get", "pvc", "-n", "openshift-image-registry", "registry-storage", "-o", "yaml").stdout)["spec"]
    tally.check(claim["accessModes"] == ["ReadWriteOnce"] and claim["storageClassName"] == "lvms-vg1", "openshift: and the claim they name is one that LVMS can give", str(claim))


def site_of_storage(place, tally):
    with folder() as scratch:
        deploy = copy_of_deploy(scratch)
        env = deploy / "storage/site/storage.env"
        for key, value in {"LVMS_CHANNEL": "stable-4.18", "LVMS_NAMESPACE": "openshift-storage", "LVMS_DISK": "/dev/disk/by-id/nvme-other", "REGISTRY_SIZE": "50Gi"}.items():
            env.write_text(re.sub(rf"(?m)^{key}=.*$", f"{key}={value}", env.read_text()))
        text = "".join(kubectl(place, "kustomize", str(deploy / "storage" / name)).stdout for name in ("operator", "disk", "registry"))
        left = [words for words in ("openshift-lvm-storage", "stable-4.20", "nvme-EXAMPLE", "100Gi", "ConfigMap") if words in text]
        lacking = [words for words in ("channel: stable-4.18", "name: openshift-storage", "- openshift-storage", "- /dev/disk/by-id/nvme-other", "storage: 50Gi") if words not in text]
        tally.check(not left and not lacking, "openshift: what storage.env says arrives", f"{left} {lacking}")
        cluster = next(item for item in rendered([CLUSTER, "kubectl", "--dir", place], DEPLOY / "storage/disk"))
        classes = cluster["spec"]["storage"]["deviceClasses"]
        # What the operator's own admission asks for besides, and that no more is promised than there is.
        fine = [one["default"] for one in classes] == [True] and all(path.startswith("/dev/disk/by-id/") for one in classes for path in one["deviceSelector"]["paths"])
        tally.check(fine and all(one["thinPoolConfig"]["overprovisionRatio"] == 1 and one["thinPoolConfig"]["sizePercent"] <= 90 for one in classes),
                    "openshift: one default class, disks by their ids, nothing promised twice", str(classes))


def main():
    berth, flavour = sys.argv[1:]
    tally = Tally()
    berth = shutil.which(berth) or str(pathlib.Path(berth).resolve())
    with cluster_of(flavour, tally) as place:
        if place and (flavour == "plain" or operators.install(place, tally)):
            initialised(berth, place, flavour, tally)
            for overlay in OVERLAYS[flavour]:
                items = rendered([CLUSTER, "kubectl", "--dir", place], DEPLOY / "overlays" / overlay)
                passes(items, place, overlay, flavour, tally)
                same_files(items, overlay, flavour, tally)
                referred(items, place, overlay, flavour, tally)
                as_wanted(items, overlay, flavour, tally)
                site_counts(place, overlay, flavour, tally)
            for of_flavour in BACKUPS[flavour]:
                backups(place, flavour, of_flavour, tally)
            fair(place, flavour, tally)
            if flavour == "openshift":
                by_cloudnativepg(berth, place, tally)
                apart(place, tally)
                site_of_storage(place, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
