"""Which files belong to a plug-in, wherever the command is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.plugins.digests import local_modules

FILES = {
    "secret.py": "x = 1",
    "mine/net.py": "import parts.blocks\nfrom .. import secret\n",
    "mine/parts/__init__.py": "",
    "mine/parts/blocks.py": "from .sizes import HIDDEN\nfrom ..helper import scale\n"
    "from ... import secret\n",
    "mine/parts/sizes.py": "HIDDEN = 16",
    "mine/helper.py": "def scale(): return 1.0",
}
BELONG = {"parts/__init__.py", "parts/blocks.py", "parts/sizes.py", "helper.py"}


@pytest.mark.parametrize("start", [".", "mine", "mine/parts"])
def test_modules_of_a_package_belong_to_a_plugin_named_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    """With `from .sizes import …`, as with `import`; nothing above the plug-in's folder does."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path / start)
    for folder in (tmp_path / "mine", Path({".": "mine", "mine": ".", "mine/parts": ".."}[start])):
        found = {each.relative_to(folder).as_posix() for each in local_modules(folder / "net.py")}
        assert found == BELONG
