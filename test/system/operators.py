"""The kinds of others' operators on a test cluster: their definitions as Go modules have them, and for kinds that OpenShift serves without a
definition, one from its API description."""

import json
import pathlib
import re
import subprocess

import yaml

from clusters import CLUSTER
from harness import ROOT

KINDS = ROOT / "test" / "deploy" / "kinds"
FETCH_SECONDS = 600
MODULES = {"openshift": "github.com/openshift/api", "lvm": "github.com/openshift/lvm-operator/v4", "olm": "github.com/operator-framework/api",
           "prometheus": "github.com/prometheus-operator/prometheus-operator", "cloudnativepg": "github.com/cloudnative-pg/cloudnative-pg"}
DEFINED = [("prometheus", "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"),
           ("prometheus", "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"),
           ("cloudnativepg", "config/crd/bases/postgresql.cnpg.io_clusters.yaml"),
           ("cloudnativepg", "config/crd/bases/postgresql.cnpg.io_databases.yaml"),
           ("lvm", "config/crd/bases/lvm.topolvm.io_lvmclusters.yaml"),
           ("olm", "crds/operators.coreos.com_subscriptions.yaml"),
           ("olm", "crds/operators.coreos.com_operatorgroups.yaml"),
           ("openshift", "imageregistry/v1/zz_generated.crd-manifests/00_configs.crd.yaml")]
DESCRIBED = [("build.openshift.io", "v1", "BuildConfig", "buildconfigs"), ("image.openshift.io", "v1", "ImageStream", "imagestreams")]
OPEN = {"io.k8s.apimachinery.pkg.runtime.RawExtension", "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"}


def folder_of(module, where=KINDS):
    """Fetched by its version in go.mod and its sum in go.sum of the folder `where`, once."""
    go = subprocess.run([ROOT / "tools" / "ensure-go"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_SECONDS, check=True).stdout.strip()
    version = re.search(rf"^\s*{re.escape(module)} (\S+)$", (where / "go.mod").read_text(), re.MULTILINE)[1]
    done = subprocess.run([go, "mod", "download", "-json", f"{module}@{version}"], cwd=where, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=FETCH_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return pathlib.Path(json.loads(done.stdout)["Dir"])


def schema_of(name, definitions):
    """As a definition of a kind takes it: whole, every reference written out, and none of what it does not know."""
    if name in OPEN:
        return {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    if name.endswith("resource.Quantity"):
        return {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
    if name.endswith("intstr.IntOrString"):
        return {"x-kubernetes-int-or-string": True}
    return written_out(definitions[name], definitions)


def written_out(schema, definitions):
    if "$ref" in schema:
        return schema_of(schema["$ref"].rpartition("/")[2], definitions)
    kept = {key: schema[key] for key in ("type", "format", "required", "enum") if key in schema}
    if "properties" in schema:
        kept["properties"] = {key: written_out(value, definitions) for key, value in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            kept[key] = written_out(schema[key], definitions)
    return kept


def definition_of(group, version, kind, plural, definitions):
    schema = schema_of(f"com.github.openshift.api.{group.partition('.')[0]}.{version}.{kind}", definitions)
    schema["properties"]["metadata"] = {"type": "object"}   # the API server's own
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": "Namespaced", "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": kind + "List"},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}}


def read_quickly(path):
    """By libyaml: half a megabyte of definition takes the reader in Python five seconds."""
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def definition_from(module, path):
    return read_quickly(folder_of(MODULES[module]) / path)


def definitions_of_all():
    folders = {name: folder_of(module) for name, module in MODULES.items()}
    made = [read_quickly(folders[module] / path) for module, path in DEFINED]
    described = json.loads((folders["openshift"] / "openapi" / "openapi.json").read_text())["definitions"]
    return made + [definition_of(*one, described) for one in DESCRIBED]


def install(place, tally):
    """Whether the cluster serves them all."""
    all_of_them = definitions_of_all()
    # Server-side: some are larger than what kubectl would write into an annotation.
    done = subprocess.run([CLUSTER, "kubectl", "--dir", place, "apply", "--server-side", "-f", "-"], input=yaml.safe_dump_all(all_of_them),
                          capture_output=True, text=True, timeout=120)
    names = [f"customresourcedefinition/{one['metadata']['name']}" for one in all_of_them]
    served = subprocess.run([CLUSTER, "kubectl", "--dir", place, "wait", "--for=condition=Established", "--timeout=60s", *names], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=90) if done.returncode == 0 else done
    return tally.check(served.returncode == 0, f"the cluster serves {len(names)} kinds of others' operators", served.stderr[-1500:] if served.returncode else "")
