"""Images kept for real nodes: by what they are named, which of them stay, and what is taken from the one before. No node is started."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from driver import kept_images  # noqa: E402  (the path has to be set first)
from driver.kept_images import Image  # noqa: E402
from driver.waiting import Signals  # noqa: E402

ONE, OTHER = Image("a.tar", "a:1", "sha256:1", True), Image("b.tar", "b:1", "sha256:2", True)


class KeptImages(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="berth-kept-")
        self.addCleanup(self._folder.cleanup)
        self.cache = pathlib.Path(self._folder.name)

    def kept(self, name, age, *names):
        """As if it had been used `age` seconds ago."""
        folder = self.cache / name
        folder.mkdir()
        (folder / kept_images.NAMES).write_text(json.dumps(names))
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
        return folder

    def left(self):
        return {it.name for it in self.cache.iterdir()}

    def test_a_set_is_named_by_its_images_their_contents_and_the_runtime(self):
        key = kept_images.key_of([ONE, OTHER], "1.6")
        self.assertEqual(key, kept_images.key_of([Image("elsewhere", "a:1", "sha256:1"), OTHER], "1.6"))
        for other in (kept_images.key_of([ONE], "1.6"), kept_images.key_of([ONE, OTHER], "1.7"),
                      kept_images.key_of([Image("a.tar", "a:2", "sha256:1"), OTHER], "1.6"),
                      kept_images.key_of([Image("a.tar", "a:1", "sha256:3"), OTHER], "1.6")):
            self.assertNotEqual(key, other)

    def test_what_another_runtime_unpacked_is_not_gone_on_from(self):
        starts = {kept_images.key_of([ONE], version).partition("-")[0] for version in ("1.6", "1.7")}
        self.assertEqual(len(starts), 2)
        self.kept("old-1", 1, "a:1")
        self.assertIsNone(kept_images.most_alike(self.cache, "new", [ONE]))

    def test_the_one_with_most_of_the_same_names_is_gone_on_from_and_the_last_used_of_several(self):
        self.kept("v-1", 1, "c:1")
        self.kept("v-2", 3, "a:1", "b:1")
        self.kept("v-3", 2, "a:1", "b:1")
        self.assertEqual(kept_images.most_alike(self.cache, "v", [ONE, OTHER]).name, "v-3")

    def test_the_last_used_stay_and_what_is_in_use(self):
        for age, name in enumerate(("v-1", "v-2", "v-3", "v-4")):
            self.kept(name, age)
        lock = kept_images.take(self.cache / "v-4")
        kept_images.drop_old(self.cache, 2)
        self.assertEqual(self.left(), {"v-1", "v-2", "v-4"})
        os.close(lock)
        kept_images.drop_old(self.cache, 2)
        self.assertEqual(self.left(), {"v-1", "v-2"})

    def test_what_is_gone_is_not_taken(self):
        self.assertIsNone(kept_images.take(self.cache / "v-1"))

    def test_a_copy_shares_what_is_written_once_and_nothing_else(self):
        root, target = self.cache / "v-1" / "containerd", self.cache / "copy"
        layer = root / kept_images.SHARED[1] / "1" / "fs" / "file"
        layer.parent.mkdir(parents=True)
        layer.write_text("a layer's")
        (root / kept_images.SHARED[0]).mkdir(parents=True)
        names = root / "meta.db"
        names.write_text("names")
        kept_images.copy(root, target, Signals())
        self.assertTrue((target / layer.relative_to(root)).samefile(layer))
        self.assertFalse((target / "meta.db").samefile(names))
        self.assertEqual((target / "meta.db").read_text(), "names")

    def test_a_layout_says_what_it_is_and_others_do_not(self):
        tagged = {"digest": "sha256:7", "annotations": {"org.opencontainers.image.ref.name": "tag"}}
        (self.cache / "index.json").write_text(json.dumps({"manifests": [tagged]}))
        self.assertEqual(kept_images.of_layout(f"{self.cache}:tag", "a:1"), Image(f"oci:{self.cache}:tag", "a:1", "sha256:7"))
        self.assertIsNone(kept_images.of_layout(f"{self.cache}:other", "a:1"))
        self.assertIsNone(kept_images.of_layout(f"{self.cache}/none.tar", "a:1"))
        self.assertIsNone(kept_images.of_layout("docker://registry.test/a:1", "a:1"))


if __name__ == "__main__":
    unittest.main()
