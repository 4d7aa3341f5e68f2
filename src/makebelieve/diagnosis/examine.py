"""Ask every rule that suits a run, and say in one sentence how it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makebelieve.diagnosis.case import Case
from makebelieve.diagnosis.rule import VERDICTS, Finding, Missing, Rule
from makebelieve.diagnosis.rules import RULES
from makebelieve.metrics.kept import Kept, digest

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset
    from makebelieve.metrics.score import Score
    from makebelieve.runs.run import Run

__all__ = ["Diagnosis", "diagnose", "examine"]

FOLDER = "diagnosis"
FIRST = "T2"  # still improving: while it is grave, what may pass by itself is no failure


@dataclass(frozen=True)
class Diagnosis:
    """What all rules say of one run.

    Args:
        run: its name.
        findings: of every rule that suits it, the gravest first.
        scores: what was measured on the way, by name.
    """

    run: str
    findings: tuple[Finding, ...]
    scores: dict[str, Score]

    def of(self, verdict: str) -> tuple[Finding, ...]:
        """Return the findings of one verdict."""
        return tuple(f for f in self.findings if f.verdict == verdict)

    @property
    def verdict(self) -> str:
        """The gravest verdict of what could be told; "cannot-tell" where nothing could."""
        told = [f.verdict for f in self.findings if f.verdict != "cannot-tell"]
        return told[0] if told else "cannot-tell"

    @property
    def sentence(self) -> str:
        """The diagnosis in one sentence."""
        failures, warnings, unknown = map(self.of, ("failure", "warning", "cannot-tell"))
        if failures:
            names = _listed([f.name for f in failures])
            return f"{self.run} has failed: {names}; {failures[0].sentence}."
        if warnings:
            names = _listed([f.name for f in warnings])
            return f"{self.run} works, with {_count(len(warnings), 'warning')}: {names}."
        if len(unknown) == len(self.findings):
            return f"Nothing can be told of {self.run} yet."
        told = len(self.findings) - len(unknown)
        more = f", and {len(unknown)} could not be looked into" if unknown else ""
        return f"{self.run} is fine by {_count(told, 'rule')}{more}."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "run": self.run,
            "findings": [f.to_dict() for f in self.findings],
            "sentence": self.sentence,
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
        }


def diagnose(
    run: Run,
    data: Dataset | None = None,
    *,
    n: int = 1000,
    judge: Run | None = None,
    seed: int = 0,
    evidence: bool = True,
    fresh: bool = False,
) -> Diagnosis:
    """Look for everything that is known to go wrong; what was found before is not looked for again.

    Args:
        run: what was trained.
        data: what to compare it with; None: what it was trained on.
        n: how many examples on either side, where there are so many.
        judge: a judge of the same data; it names classes.
        seed: start of the samples.
        evidence: whether to draw pictures of what is wrong into the run's folder.
        fresh: look again, whatever the run's folder keeps.

    Example:
        >>> import tempfile, makebelieve as mb
        >>> run = mb.train("vae", "ring", out=tempfile.mkdtemp(), quiet=True, examples=256)
        >>> [f.name for f in diagnose(run).findings if f.verdict == "failure"]
        ['still improving']
    """
    case = Case(run, data, n=n, judge=judge, seed=seed)
    kept = _kept(case, fresh=fresh)
    if kept is None:
        return _examined(case, evidence=evidence)
    of = _depends(case, evidence=evidence)
    known = kept.part(FOLDER, of)
    if known is not None and _shown(known, run):
        scores = {name: kept.scores[name] for name in known["scores"]}
        return Diagnosis(run.name, tuple(map(Finding.from_dict, known["findings"])), scores)
    case.scores |= kept.scores
    found = _examined(case, evidence=evidence)
    kept.scores |= found.scores
    findings = [finding.to_dict() for finding in found.findings]
    kept.put(FOLDER, of, {"findings": findings, "scores": list(found.scores)})
    kept.save()
    return found


def _kept(case: Case, *, fresh: bool) -> Kept | None:
    """Return what is known of a case; None where there is nothing to look at."""
    try:
        data = case.data
    except Missing:
        return None
    if not case.run.states:
        return None
    return Kept(case.run, data, n=case.n, judge=case.judge, seed=case.seed, fresh=fresh)


def _depends(case: Case, *, evidence: bool) -> dict[str, Any]:
    """Return what findings depend on, besides what was measured."""
    run, origin = case.run, case.data.origin
    status = run.status
    return {
        "name": run.name,
        "state": [status["state"], status["reason"], status["seen"]],
        "log": digest([run.path / "log.jsonl"]),
        "samples": digest(run.samples),
        "origin": None if origin is None else {name: str(value) for name, value in origin.items()},
        "limits": {rule.code: rule.limits for rule in RULES.values()},
        "evidence": evidence,
    }


def _shown(known: dict[str, Any], run: Run) -> bool:
    """Say whether the pictures that findings name are still there."""
    return all((run.path / file).is_file() for f in known["findings"] for file in f["evidence"])


def _examined(case: Case, *, evidence: bool) -> Diagnosis:
    suited = [rule for rule in RULES.values() if set(rule.suits) <= case.able]
    findings = [examine(rule, case, evidence=evidence) for rule in suited]
    if any(f.code == FIRST and f.verdict == "failure" for f in findings):
        findings = [_suspended(f, RULES[f.code]) for f in findings]
    findings.sort(key=lambda f: VERDICTS.index(f.verdict))
    return Diagnosis(case.run.name, tuple(findings), case.scores)


def examine(rule: Rule, case: Case, *, evidence: bool = True) -> Finding:
    """Return what one rule says."""
    try:
        seen = rule.look(case)
    except Missing as missing:
        return Finding(
            rule.code, rule.name, "cannot-tell", str(missing), {}, rule.limits, missing.remedy
        )
    found = Finding(
        rule.code, rule.name, seen.verdict, seen.sentence, _rounded(seen.measured), rule.limits
    )
    if seen.verdict == "fine":
        return found
    files = _drawn(rule, case) if evidence else ()
    return replace(found, remedy=rule.remedy(case), evidence=files)


def _drawn(rule: Rule, case: Case) -> tuple[str, ...]:
    if rule.evidence is None:
        return ()
    folder = case.run.path / FOLDER
    folder.mkdir(exist_ok=True)
    try:
        files = rule.evidence(case, folder)
    except Missing:
        return ()
    return tuple(Path(file).relative_to(case.run.path).as_posix() for file in files)


def _suspended(finding: Finding, rule: Rule) -> Finding:
    """Take back what may be due to training that has only begun."""
    if finding.verdict not in {"failure", "warning"} or not rule.suspended:
        return finding
    return replace(
        finding,
        verdict="cannot-tell",
        sentence=f"it is still improving fast, so this may pass: {finding.sentence}",
    )


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.6g}") for name, value in values.items()}


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
