"""Editor, lab and gate together, and the tools in their terminals."""

import http.server
import json
import pathlib
import re
import ssl
import subprocess
import threading

import containers
import gate_checks

API_PORT = 6443
NAMESPACE = "session-of-the-test"
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
KEPT_SETTINGS = '{"editor.fontSize": 21}\n'
EDITOR = "/?folder=/home/workspace"
SETTINGS = ".local/share/code-server/User/settings.json"


class Api(http.server.BaseHTTPRequestHandler):
    """As much of an API server as `kubectl get pods` asks for."""

    asked = []

    def do_GET(self):
        path = self.path.partition("?")[0]
        Api.asked.append((path, self.headers.get("Authorization")))
        answers = {
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
            "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1",
                        "resources": [{"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}]},
        }
        body = json.dumps(answers.get(path, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": []})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def api_server(folder):
    key, certificate = folder / "key.pem", pathlib.Path(folder) / "ca.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=api",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", API_PORT), Api)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Workspace:
    def __init__(self, pod):
        self.pod = pod
        account = pod.volume("account")
        self.api = api_server(account)
        (account / "namespace").write_text(NAMESPACE)
        (account / "token").write_text("token-of-the-test")
        settings = pod.volume("home") / SETTINGS  # a home that was kept
        settings.parent.mkdir(parents=True)
        settings.write_text(KEPT_SETTINGS)
        for path in [settings, *settings.relative_to(pod.volume("home")).parents]:
            path = pod.volume("home") / path
            path.chmod(0o664 if path.is_file() else 0o2775)
        env = ["KUBERNETES_SERVICE_HOST=127.0.0.1", f"KUBERNETES_SERVICE_PORT={API_PORT}"]
        binds = [(account, ACCOUNT, "ro")]
        entry = pod.config["Entrypoint"]
        self.editor = pod.start("editor", *entry, "editor", env=[*env, "PORT=9999", "PASSWORD=of-the-session"], binds=binds)
        self.lab = pod.start("lab", *entry, "lab", env=[*env, "PORT=9999", "PASSWORD=of-the-session"], binds=binds)
        self.gate = gate_checks.start_gate(pod)


def page(path, **headers):
    status, _, body = gate_checks.ask(path, gate_checks.SIGNED_IN | headers)
    return body if status == 200 else ""


def answers(workspace):
    """editor and lab answer through the gate, under a name that is not this machine's"""
    containers.until("the editor", workspace.editor, lambda: "vscode-workbench-web-configuration" in page(EDITOR))
    containers.until("the lab", workspace.lab, lambda: "last_activity" in page("/lab/api/status"))
    assert "jupyter-config-data" in page("/lab/lab")
    status, headers, _ = gate_checks.ask("/", gate_checks.SIGNED_IN)
    assert status == 302 and headers["Location"].lstrip(".") == EDITOR, headers
    origin = {"Host": gate_checks.HOST, "Cookie": "berth-gate=good", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13"}
    for foreign, expected in (("http://evil.example", "403"), (f"http://{gate_checks.HOST}", "101")):
        connection, answer = gate_checks.upgrade(origin | {"Origin": foreign})
        assert answer.startswith(f"HTTP/1.1 {expected}"), f"a web socket from {foreign}: {answer}"
        connection.close()


def loopback(workspace):
    """editor and lab listen on the loopback alone, at their own ports"""
    listening = {}
    for line in pathlib.Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[3] == "0A":
            address, port = words[1].split(":")
            listening[int(port, 16)] = address
    for port in (8080, 8888):
        assert listening.get(port) == "0100007F", f"port {port}: {listening}"
    assert listening.get(gate_checks.PORT) == "00000000" and 9999 not in listening, listening


def names(workspace):
    """the user id has a name, in the prompt too"""
    for container in (workspace.editor, workspace.lab):
        assert container.run("id", "-u") == str(workspace.pod.uid)
        assert container.run("id", "-g") == "0"
        assert container.run("whoami") == "workspace"
        prompt = container.run("bash", "-ic", "echo \"${PS1@P}\"", check=False)[1]
        assert "workspace@workspace-0" in prompt and "no name" not in prompt, prompt
        assert container.run("python3", "-c", "import getpass, os, pwd; print(pwd.getpwuid(os.getuid()).pw_dir)") == "/home/workspace"


def held(workspace):
    """no capability, no new privileges, no program that would change the user"""
    status = workspace.editor.run("cat", "/proc/1/status")
    for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
        assert re.search(rf"^Cap{kind}:\s+0+$", status, re.M), status
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M), status
    assert workspace.editor.run("bash", "-c", "find / -xdev -perm /6000 -type f 2>/dev/null || true") == ""


def writable(workspace):
    """home, models, /tmp and shared memory can be written, nothing else"""
    for path in ("/home/workspace", "/models", "/tmp", "/dev/shm"):
        workspace.lab.run("touch", f"{path}/written")
    for path in ("/", "/opt/berth", "/opt/berth/bin", "/etc", "/usr/local", "/var/tmp", "/run", "/root"):
        code, _ = workspace.lab.run("touch", f"{path}/written", check=False)
        assert code, f"{path} can be written"


def tools(workspace):
    """the tools are on PATH in every kind of terminal"""
    programs = "kubectl berth git git-lfs ssh curl wget jq vim nano less tmux htop rg tree python3 pip jupyter ipython node unzip rsync make"
    for shell in (["bash", "-c"], ["bash", "-lc"], ["bash", "-ic"]):
        _, told = workspace.lab.run(*shell, f"for program in {programs}; do command -v $program >/dev/null || echo missing-$program; done", check=False)
        assert "missing-" not in told, told
    assert re.search(r"Client Version: v1\.\d+\.\d+", workspace.editor.run("kubectl", "version", "--client"))


def libraries(workspace):
    """libraries that came with berth reach none of the programs that it starts, which are of another base"""
    script = ("berth terminals --port 8099 >/dev/null 2>&1 & "
              "for look in {1..300}; do grep -qz terminals /proc/$!/cmdline && ! readlink /proc/$!/exe | grep -q 'sh$' && break; sleep 0.1; done; "
              "tr '\\0' '\\n' </proc/$!/environ; kill $!")
    handed_on = workspace.editor.run("bash", "-c", script).splitlines()
    assert "HOME=/home/workspace" in handed_on, handed_on
    assert not [line for line in handed_on if line.startswith("LD_")], handed_on


def namespace(workspace):
    """kubectl speaks to the cluster as the session, in the session's namespace"""
    assert "No resources found" in workspace.editor.run("kubectl", "get", "pods")
    assert (f"/api/v1/namespaces/{NAMESPACE}/pods", "Bearer token-of-the-test") in Api.asked, Api.asked


def git(workspace):
    """git works, also in a repository that another user id left"""
    workspace.lab.run("bash", "-c", "cd && git init -q one && cd one && git -c user.email=a@b -c user.name=c commit -q --allow-empty -m first")
    repository = workspace.pod.volume("home") / "one"
    subprocess.run(["chown", "-R", "4242:0", repository], check=True)
    assert workspace.lab.run("git", "-C", "/home/workspace/one", "log", "--format=%s") == "first"


def settings(workspace):
    """no chat, no gallery of others, and the settings of a kept home as they were"""
    text = page(EDITOR)
    configuration = re.search(r'id="vscode-workbench-web-configuration" data-settings="([^"]*)"', text)
    configuration = json.loads(configuration[1].replace("&quot;", '"').replace("&amp;", "&"))
    assert configuration["configurationDefaults"]["chat.disableAIFeatures"] is True, configuration
    assert not configuration["productConfiguration"].get("extensionsGallery", {}).get("serviceUrl"), configuration["productConfiguration"]
    assert (workspace.pod.volume("home") / SETTINGS).read_text() == KEPT_SETTINGS
    code, said = workspace.editor.run("/opt/berth/node/bin/node", "/opt/berth/code-server/out/node/entry.js", "--config", "/opt/berth/share/code-server.yaml",
                                      "--install-extension", "ms-python.python", check=False)
    assert code and "gallery" in said.lower() or "not found" in said.lower(), (code, said)
    lab = page("/lab/lab")
    manager = re.search(r'"extensionManager":\s*(\{[^}]*\})', lab)
    assert manager and '"can_install": false' in manager[1], manager
    assert 'fetchNews": "false' in workspace.lab.run("cat", "/opt/berth/jupyter/share/jupyter/lab/settings/overrides.json")


def terminal(workspace):
    """the editor's terminal module loads and runs a shell"""
    script = ("const pty=require('/opt/berth/code-server/lib/vscode/node_modules/node-pty');"
              "const t=pty.spawn('bash',['-ic','echo $((6*7))=$(whoami)'],{});t.onData(d=>process.stdout.write(d));t.onExit(()=>process.exit(0));")
    assert "42=workspace" in workspace.editor.run("/opt/berth/node/bin/node", "-e", script)


def kernel(workspace):
    """a notebook's kernel counts, and pip would install to the home"""
    script = ("from jupyter_client.manager import start_new_kernel\n"
              "manager, client = start_new_kernel(startup_timeout=300)\n"
              "client.execute_interactive('import site; print(6 * 7, site.ENABLE_USER_SITE)', timeout=300)\n"
              "client.stop_channels(); manager.shutdown_kernel(now=True)\n")
    assert "42 True" in workspace.lab.run("python3", "-c", script)
    code, said = workspace.lab.run("pip", "install", "--no-index", "--no-build-isolation", "--dry-run", "/nowhere", check=False)
    assert code and "externally-managed" not in said, said


def notices(workspace):
    """that the workspace ends soon is said where the editor's extension looks, which is among its own"""
    script = ("mkdir -p /tmp/facts && printf x >/tmp/facts/reservation && date -u -d '-1 hour' +%FT%TZ | tr -d '\\n' >/tmp/facts/starts_at && "
              "date -u -d '20 minutes' +%FT%TZ | tr -d '\\n' >/tmp/facts/ends_at && export BERTH_SESSION_FACTS=/tmp/facts && "
              "{ timeout 60 berth here --notices & } && for look in {1..300}; do [ -s /tmp/.berth/notice.json ] && break; sleep 0.1; done; "
              "kill $!; cat /tmp/.berth/notice.json; rm -r /tmp/.berth")
    said = json.loads(workspace.editor.run("bash", "-c", script))
    assert said["before_minutes"] == 30 and "berth extend 1h" in said["text"], said
    description = json.loads(workspace.editor.run("cat", "/opt/berth/code-server/lib/vscode/extensions/berth-notices/package.json"))
    workspace.editor.run("test", "-s", f"/opt/berth/code-server/lib/vscode/extensions/berth-notices/{description['main']}")


def smoke(workspace):
    """smoke tells of the GPU, or that there is none"""
    said = workspace.lab.run(*workspace.pod.config["Entrypoint"], "smoke")
    assert "no GPU" in said or "memory.total" in said, said
    assert "PyTorch" in said and "shared memory: 256M" in said, said


def wrong(workspace):
    """a wrong part, port or home is named"""
    entry = workspace.pod.config["Entrypoint"]
    for command, env, expected in ((["lap"], (), "unknown part 'lap'"), (["gate"], ["PORT=80"], "PORT='80'"), (["gate"], ["PORT="], "PORT=''"),
                                   (["editor"], ["HOME=/opt"], "HOME=/opt cannot be written")):
        code, said = workspace.lab.run(*entry, *command, check=False, env=env)
        assert code and expected in said, (command, said)


def end(workspace):
    """all three end when they are told to"""
    for container in (workspace.editor, workspace.lab, workspace.gate):
        container.signal("TERM")
        container.process.wait(120)
    workspace.api.shutdown()
    workspace.api.server_close()


CHECKS = (answers, loopback, names, held, writable, tools, libraries, namespace, git, settings, terminal, kernel, notices, smoke, wrong, end)
