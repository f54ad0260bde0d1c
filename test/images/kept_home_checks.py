"""What a home that was kept may hold, and still there is a way in: all parts as a session runs them, in a home that breaks one of them."""

import os

import containers

LAB_SETTINGS = ".jupyter/jupyter_server_config.py"
# Each would keep a part from answering. By the words of a shell in that home.
HOMES = {
    "a setting that ends the lab": ("lab", f"mkdir -p .jupyter && echo 'raise SystemExit(3)' >{LAB_SETTINGS}"),
    "a setting that lets the lab hang": ("lab", f"mkdir -p .jupyter && echo 'import time; time.sleep(100000)' >{LAB_SETTINGS}"),
}
# Each would, were it heeded; nothing is left out for it.
HARMLESS = {
    "a file in the place of the editor's folder": "mkdir -p .local/share && echo x >.local/share/code-server",
    "settings for curl": "echo 'proxy = http://127.0.0.1:9' >.curlrc",
    "files that are named like Python's modules": "for name in random json tornado jupyterlab; do echo 'raise SystemExit(3)' >$name.py; done",
    "a home whose owner took the right to write it from itself": "chmod 500 .",
}


class Home:
    """A workspace that was started in a home with such files."""

    def __init__(self, pod, words):
        self.entry = pod.config["Entrypoint"]
        os.chown(pod.volume("home"), pod.uid, 0)
        self.first = pod.start("before", "sleep", "3600")  # makes the files as their owner does
        containers.until("the files", self.first, lambda: self.first.run("sh", "-c", f"cd ~ && {words} && echo made"))
        self.container = pod.start("workspace", *self.entry, "workspace", env=["BERTH_START_PATIENCE_S=15"])

    def answers(self):
        return self.container.run(*self.entry, "healthy", check=False)[0] == 0

    def plain(self):
        return self.container.run("sh", "-c", "cat /tmp/.berth/*.plain 2>/dev/null || true")


def comes_up(root, config, uid, part, words):
    with containers.pod(root, config, uid) as pod:
        home = Home(pod, words)
        containers.until("editor and lab", home.container, home.answers)
        said = home.plain()
        if not part:
            assert said == "", said
            return
        assert "without them" in said and f"berth-workspace again {part}" in said, said
        assert said in home.container.run("bash", "-lic", "true"), "a login shell says it"
        # Mended, and asked to start again.
        home.container.run("sh", "-c", "cd ~ && rm -rf .jupyter .local")
        home.container.run(*home.entry, "again", part)
        containers.until("it with its owner's settings", home.container, lambda: home.plain() == "" and home.answers())


def editor_alone(root, config, uid):
    """No file is known that keeps the editor from answering; what would be done then."""
    with containers.pod(root, config, uid) as pod:
        editor = pod.start("editor", *pod.config["Entrypoint"], "editor", "plain")
        page = ("curl", "-qsfL", "-o", "/dev/null", "http://127.0.0.1:8080/?folder=/home/workspace")
        containers.until("the editor", editor, lambda: editor.run(*page) == "")
        # With its first page it makes the folder of its data, which is not the home's.
        containers.until("its data", editor, lambda: "code-server" in editor.run("ls", "/tmp/.berth-plain"), limit_s=30)
        assert "User" not in editor.run("ls", "-R", "/home/workspace/.local/share")


def group(count, root, config, uid):
    for title, (part, words) in HOMES.items():
        count.check(f"kept home: {title}", comes_up, root, config, uid, part, words)
    count.check("kept home: an editor without its owner's settings", editor_alone, root, config, uid)
    for title, words in HARMLESS.items():
        count.check(f"kept home: {title}", comes_up, root, config, uid, "", words)
