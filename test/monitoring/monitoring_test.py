#!/usr/bin/env python3
"""deploy/components/monitoring: each query of its alerts and of its dashboard asks for what a running portal, beside a running reconciler, tells
at /metrics, by its name and its labels; each alert rings by promtool when it has to, and says what to do.

  monitoring_test.py BERTH"""

import http.client
import json
import pathlib
import re
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Api, Demo, Portal, Role, Tally, folder, free_port, running, wait_for  # noqa: E402  (the path has to be set first)

COMPONENT = ROOT / "deploy" / "components" / "monitoring"
DOCUMENT = ROOT / "docs" / "monitoring.md"
OF_PROMETHEUS = {"up", "ALERTS"}             # what a Prometheus tells of what it scrapes
OF_SCRAPING = {"job", "pod", "namespace"}    # labels that it adds
WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool", "and", "or", "unless", "inf", "nan"}
REPORTS_WITHIN_SECONDS = 60


# --- what a query asks for: a list of (metric, {label: wanted value or None}) and the labels that it groups by

def asked_for(query):
    query = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: found.group().replace("(", "\0").replace("{", "\1").replace("}", "\2"), query)
    grouped = [label.strip() for found in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", query) for label in found.split(",")]
    bare = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", query)
    bare = re.sub(r"\[[^\]]*\]", " ", bare)
    metrics = []
    for name, matchers in re.findall(r"(?<![\w.$])([A-Za-z_:][\w:]*)(?!\s*\(|[\w:])\s*(\{[^}]*\})?(?![^{]*\})", bare):
        if name in WORDS or re.search(rf"offset\s+\d*{name}$", name):
            continue
        labels = re.findall(r'([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers)
        metrics.append((name, [(label, value.replace("\0", "(") if how == "=" else None) for label, how, value in labels]))
    return metrics, grouped


def told_by(text):
    """Of an exposition: {metric: [labels of each series]}; a histogram's series under the names by which they are asked for."""
    series = {}
    for line in text.splitlines():
        found = re.match(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})? \S+$", line)
        if found and not line.startswith("#"):
            series.setdefault(found[1], []).append(dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2] or "")))
    return series


def lacking(query, series):
    """What it asks for and nobody tells."""
    metrics, grouped = asked_for(query)
    missing, known = [], set(OF_SCRAPING)
    for name, labels in metrics:
        if name in OF_PROMETHEUS:
            continue
        if name not in series:
            missing.append(name)
            continue
        there = {label for one in series[name] for label in one}
        known |= there
        missing += [f"{name}{{{label}}}" for label, _ in labels if label not in there | OF_SCRAPING]
        missing += [f'{name}{{{label}="{value}"}}' for label, value in labels
                    if value is not None and label in there and "$" not in value and not any(one.get(label) == value for one in series[name])]
    return missing + [f"by ({label})" for label in grouped if label not in known] + ([] if metrics else ["a metric"])


# --- the files

def rules_of():
    return [rule for group in yaml.safe_load((COMPONENT / "rules.yaml").read_text())["spec"]["groups"] for rule in group["rules"]]


def queries_of_dashboard():
    board = json.loads((COMPONENT / "dashboard.json").read_text())
    found = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]
    variables = [(one["name"], re.fullmatch(r"label_values\((\w+), (\w+)\)", one["query"])) for one in board["templating"]["list"] if one["type"] == "query"]
    return found, [(f"variable {name}", f"max by ({it[2]}) ({it[1]})") for name, it in variables]


def promtool(*arguments, text=None):
    program = subprocess.run([ROOT / "tools" / "ensure-promtool"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert program.returncode == 0, program.stderr
    done = subprocess.run([program.stdout.strip(), *map(str, arguments)], input=text, stdin=None if text is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def page_of(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == 200 else ""
    finally:
        connection.close()


def metrics_of_running(berth, tally):
    """A portal and a reconciler as processes of their own, as in a cluster, and a booking."""
    with folder() as place:
        demo = Demo(berth, place, "--without-reconciler")
        with running(demo, tally) as begin:
            probes = free_port()
            portal = begin(Portal(demo, "--probe-listen", f"127.0.0.1:{probes}"))
            # Its first look at the database may take longer than it waits.
            first = wait_for(lambda: next((page for page in [page_of(probes)] if "berth_database_up 1" in page), None), REPORTS_WITHIN_SECONDS, 0.2)
            told = re.findall(r"^berth_reconciler_heartbeat_age_seconds.*$", first or "", re.MULTILINE)
            tally.check(told == ['berth_reconciler_heartbeat_age_seconds{cluster="default"} +Inf'], "a reconciler that never reported is told as one", str(told))
            tally.check(re.search(r"^berth_backup_age_seconds \+Inf$", first or "", re.MULTILINE), "so is a database that was never backed up")
            begin(Role(demo, "reconciler", "--kubeconfig", demo.addresses()["kubeconfig"]))
            ana = Api(portal.port, "ana@berth.local")
            ana.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": "now", "duration_minutes": 60, "name": "watched"})
            text = wait_for(lambda: next((page for page in [page_of(probes)] if re.search(r"heartbeat_age_seconds\{.*\} \d", page)), None), REPORTS_WITHIN_SECONDS, 0.2)
            tally.check(text, "one that runs is told with the age of its report")
            return text or page_of(probes)
    return ""


def names(text, tally):
    series = told_by(text)
    fine, said = promtool("check", "metrics", text=text)
    tally.check(fine, "promtool has nothing against the metrics", said)
    rules = [(rule["alert"], rule["expr"]) for rule in rules_of()]
    panels, variables = queries_of_dashboard()
    for what, queries in (("alert", rules), ("panel", panels), ("list of the dashboard", variables)):
        wrong = [f"{name}: {lacking(query, series)}" for name, query in queries if lacking(query, series)]
        tally.check(queries and not wrong, f"every query of an {what}" .replace("an p", "a p").replace("an l", "a l") + " asks for what the program tells", "; ".join(wrong))

    # The same test notices a metric that is called otherwise, whichever it is.
    used = sorted({name for _, query in rules + panels for name, _ in asked_for(query)[0]} - OF_PROMETHEUS)
    unseen = [name for name in used if not any(lacking(query, {key: value for key, value in series.items() if key != name}) for _, query in rules + panels)]
    tally.check(len(used) >= 15 and not unseen, f"each of {len(used)} metrics, renamed, is missed", str(unseen))
    label = {"berth_sessions": [{**one, "phase": "Other"} for one in series.get("berth_sessions", [])]}
    tally.check(any(lacking(query, series | label) for _, query in rules), "so is a phase that is called otherwise")

    documented = set(re.findall(r"`(berth_\w+)`", DOCUMENT.read_text()))
    families = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    tally.check(families and families == documented, "docs/monitoring.md has each metric, and no other", f"{sorted(families ^ documented)}")


def alerts(tally):
    rules = rules_of()
    bare = {"groups": [{"name": "all", "rules": [{key: value for key, value in rule.items() if key != "annotations"} for rule in rules]}]}
    with folder() as place:
        (place / "whole.yaml").write_text(yaml.safe_dump(yaml.safe_load((COMPONENT / "rules.yaml").read_text())["spec"]))
        fine, said = promtool("check", "rules", place / "whole.yaml")
        tally.check(fine, "promtool check rules", said)
        (place / "rules.yaml").write_text(yaml.safe_dump(bare))
        (place / "alerts.yaml").write_text((HERE / "alerts.yaml").read_text())
        fine, said = promtool("test", "rules", place / "alerts.yaml")
        tally.check(fine, "promtool test rules: each rings when it has to, and not else", said)

        weaker = yaml.safe_dump(bare).replace("> 300", "> 3000")
        (place / "rules.yaml").write_text(weaker)
        tally.check(not promtool("test", "rules", place / "alerts.yaml")[0], "where a limit is ten times as high, these tests fail")

        panels, _ = queries_of_dashboard()
        queries = [{"record": f"panel:{index}", "expr": query.replace("$__rate_interval", "5m").replace("$cluster", ".*")} for index, (_, query) in enumerate(panels)]
        (place / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": queries}]}))
        fine, said = promtool("check", "rules", place / "panels.yaml")
        tally.check(fine, "Prometheus understands each query of the dashboard", said)
    ring = {one["alertname"] for test in yaml.safe_load((HERE / "alerts.yaml").read_text())["tests"] for one in test.get("alert_rule_test", []) if one.get("exp_alerts")}
    tally.check({rule["alert"] for rule in rules} == ring, "each alert is made to ring", str({rule["alert"] for rule in rules} ^ ring))
    silent = [rule["alert"] for rule in rules if rule["labels"].get("severity") not in ("warning", "critical")
              or not all(len(rule["annotations"].get(key, "")) > 10 for key in ("summary", "description", "runbook"))]
    tally.check(not silent, "each has a severity, says what it means and what to do", str(silent))


def shape(tally):
    board = json.loads((COMPONENT / "dashboard.json").read_text())
    cells = [(x, y) for panel in board["panels"] for at in [panel["gridPos"]] for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
    tally.check(len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24, "no panel lies over another")
    service, monitor = yaml.safe_load_all((COMPONENT / "scrape.yaml").read_text())
    portal = next(item for item in yaml.safe_load_all((ROOT / "deploy/base/portal.yaml").read_text()) if item["kind"] == "Deployment")["spec"]["template"]
    ports = {one["name"]: one["containerPort"] for one in portal["spec"]["containers"][0]["ports"]}
    tally.check(service["spec"]["selector"].items() <= portal["metadata"]["labels"].items() and ports[service["spec"]["ports"][0]["targetPort"]] == service["spec"]["ports"][0]["port"]
                and monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
                and monitor["spec"]["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"], "what is scraped is the port of the portal's probes")
    job = service["metadata"]["name"]
    tally.check(all(f'job="{job}"' in rule["expr"] for rule in rules_of() if "up{" in rule["expr"]), "up is asked of by the name of that Service")


def main(berth):
    tally = Tally()
    shape(tally)
    alerts(tally)
    names(metrics_of_running(berth, tally), tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
