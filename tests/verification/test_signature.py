"""Signatures of reports, made and checked with keys that OpenSSH makes for the test."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen import verification
from reportgen.cli.entry import run as command_line
from reportgen.config.registration import CarriedPlan
from reportgen.errors import UsageError
from reportgen.verification import VerifyResult
from reportgen.verification.consistency import check_evidence
from reportgen.verification.signature import check_signature, is_signed, sign
from tests.support.factories import PAPER_MODELS, make_build
from tests.support.reports import SmallReport

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="signatures need ssh-keygen (openssh-client)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys `ada` and `eve`, of which `signers` allows the first."""
    made = tmp_path_factory.mktemp("keys")
    for name in ("ada", "eve"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]
        subprocess.run([*command, str(made / name)], check=True)
    public = (made / "ada.pub").read_text(encoding="utf-8")
    (made / "signers").write_text(f"ada@example.org {public}", encoding="utf-8")
    return made


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A file that stands for a report: a signature covers its bytes, whatever they are."""
    path = tmp_path / "-report.pdf"
    path.write_bytes(b"%PDF-1.7 bytes \x00\xff")
    return path


def test_a_signature_names_its_signer(report: Path, folder: Path) -> None:
    """What an allowed signer signed is theirs, also when it is signed again."""
    for _ in range(2):
        assert sign(report, folder / "ada").name == "-report.pdf.sig"
    found = check_signature(report, folder / "signers")
    assert (found.signer, "ED25519 key SHA256:" in found.statement) == ("ada@example.org", True)


def test_the_signature_is_one_of_openssh(report: Path, folder: Path) -> None:
    """`ssh-keygen -Y check-novalidate` accepts it for our namespace and for no other."""
    signature = sign(report, folder / "ada")
    codes = [
        subprocess.run(
            ["ssh-keygen", "-Y", "check-novalidate", "-n", namespace, "-s", str(signature)],
            input=report.read_bytes(),
            capture_output=True,
            check=False,
        ).returncode
        for namespace in ("reportgen", "file")
    ]
    assert (codes[0], codes[1] != 0) == (0, True)


def test_every_other_signature_is_none(report: Path, folder: Path) -> None:
    """Of a stranger, of other bytes, damaged, or missing: nobody who is allowed signed it."""
    signers = folder / "signers"
    assert "no signature -report.pdf.sig" in check_signature(report, signers).statement
    sign(report, folder / "eve")
    assert check_signature(report, signers).statement == (
        "it is signed by none of the allowed signers"
    )
    signature = sign(report, folder / "ada")
    report.write_bytes(report.read_bytes() + b" ")
    found = check_signature(report, signers)
    assert (found.signer, "is not as ada@example.org signed it" in found.statement) == (None, True)
    signature.write_text("no signature", encoding="utf-8")
    assert check_signature(report, signers).signer is None


def test_verify_says_who_signed(
    small_report: SmallReport, tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signature is part of what `verify` finds: the exit code is 1 without it."""
    path = tmp_path / "report.html"
    path.write_text(small_report.html, encoding="utf-8")
    verify = ["verify", str(path), "--signers", str(folder / "signers")]
    assert command_line(verify) == 1
    assert "it has no signature report.html.sig beside it" in capsys.readouterr().err
    assert command_line(["sign", str(path), "--key", str(folder / "ada")]) == 0
    assert command_line(verify) == 0
    assert "signed by ada@example.org" in capsys.readouterr().out
    assert command_line([*verify, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["signature"]["signer"] == "ada@example.org"


def test_verify_names_a_plan(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """An unsigned plan is named as such; another plan than the one given, or none, fails."""
    path, given = tmp_path / "report.html", tmp_path / "mine.plan.json"
    path.write_text("a report", encoding="utf-8")
    sign(path, folder / "ada")
    given.write_text("{}\n", encoding="utf-8")
    result = VerifyResult(1, 1, 1, (), "0.1.0", identical=True)
    monkeypatch.setattr(verification, "verify_report", lambda *_: result)

    def verify(plan: CarriedPlan | None, *options: str) -> tuple[int, str]:
        evidence = SimpleNamespace(header=SimpleNamespace(plan=plan))
        carried = SimpleNamespace(evidence=evidence)
        monkeypatch.setattr(verification, "read_report", lambda _: carried)
        code = command_line(["verify", str(path), *options])
        said = capsys.readouterr()
        return code, said.out + said.err

    plan = CarriedPlan(name="mine.plan.json", text="{}\n")
    signers = ("--signers", str(folder / "signers"))
    code, said = verify(plan, *signers)
    assert (code, "Its plan: it is not signed" in said) == (0, True)
    signature = sign(given, folder / "eve").read_text(encoding="utf-8")
    code, said = verify(plan.model_copy(update={"signature": signature}), *signers)
    assert (code, "signed by none of the allowed signers" in said) == (1, True)
    assert verify(plan, "--plan", str(given))[0] == 0
    code, said = verify(plan.model_copy(update={"text": "{} "}), "--plan", str(given))
    assert (code, "the plan in it differs from" in said) == (1, True)
    code, said = verify(None, "--plan", str(given))
    assert (code, "it contains no plan" in said) == (1, True)
    assert verify(plan, "--plan", str(tmp_path / "none"))[0] == 2


def test_a_plan_that_was_changed_after_it_was_signed_contradicts_the_evidence(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever signed it: no allowed signers are needed for that, only ssh-keygen."""
    path = tmp_path / "mine.plan.json"
    path.write_text("{}", encoding="utf-8")
    signature = sign(path, folder / "eve").read_text(encoding="utf-8")
    plan = CarriedPlan(name=path.name, text="{}", signature=signature)
    changed = plan.model_copy(update={"text": "{} "})
    evidence = make_build(PAPER_MODELS[:1], 1, n=60)[2]

    def found(carried: CarriedPlan) -> list[str]:
        return list(map(str, check_evidence(evidence.with_header(plan=carried))))

    assert found(plan) == []
    assert "the plan: its signature does not fit it: mine.plan.json was" in found(changed)[0]
    monkeypatch.setenv("PATH", "")
    assert (is_signed(changed), found(changed)) == (None, [])


def test_what_is_missing_is_named(
    report: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing report, key, file of signers or program each has its sentence."""
    with pytest.raises(UsageError, match="there is no such file; give a report"):
        sign(report.with_name("none.html"), folder / "ada")
    with pytest.raises(UsageError, match="or make one with: ssh-keygen -t ed25519"):
        sign(report, folder / "none")
    with pytest.raises(UsageError, match="it is a folder; give a report"):
        sign(folder, folder / "ada")
    with pytest.raises(UsageError, match=f"--key {folder}: it is a folder; give a key"):
        sign(report, folder)
    with pytest.raises(UsageError, match="was not signed"):
        sign(report, folder / "signers")
    with pytest.raises(UsageError, match="--signers"):
        check_signature(report, folder / "none")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="which is not installed"):
        sign(report, folder / "ada")


def test_a_private_key_that_others_may_read_is_named(
    report: Path, folder: Path, tmp_path: Path
) -> None:
    """OpenSSH refuses it; the command in the error helps, as it is written."""
    key = tmp_path / "my key"
    key.write_bytes((folder / "ada").read_bytes())
    key.chmod(0o644)
    with pytest.raises(UsageError, match="other users may read the private key") as raised:
        sign(report, key)
    subprocess.run(shlex.split(str(raised.value).rpartition("with: ")[2]), check=True)
    assert sign(report, key).is_file()
