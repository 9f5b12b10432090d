"""The document in other tongues: text for a terminal, SARIF 2.1.0 for code scanning, JUnit XML for CI."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from scans.checks import RULES
from scans.snapshot import Category

SARIF_LEVEL = {"critical": "error", "serious": "error", "moderate": "warning", "minor": "note", "info": "note"}
# what XML 1.0 cannot carry (§2.2), which a scanned page may well contain
_NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(55296, 57344), 65534, 65535], "�")
SHOWN = 5  # occurrences of one issue that text names


def render(document: dict[str, Any], form: str) -> str:
    match form:
        case "json":
            return json.dumps(document, indent=2, default=str) + "\n"
        case "sarif":
            return json.dumps(sarif(document), indent=2, default=str) + "\n"
        case "junit":
            return junit(document)
        case _:
            return text(document)


def text(document: dict[str, Any]) -> str:
    coverage = document["coverage"]
    lines = [
        f"{document['url']}  {document['status']}" + (f": {document['reason']}" if document["reason"] else ""),
        f"{coverage['fetched']} pages fetched, {coverage['visited']} opened in the browser, "
        f"{len(coverage['skipped'])} left out, {document['duration_s']:.1f} s",
    ]
    if coverage["note"]:
        lines.append(coverage["note"])
    if document["score"]:
        categories = ", ".join(f"{name} {value}" for name, value in document["score"]["categories"].items())
        lines.append(f"score {document['score']['overall']} ({categories})")
    certain = [issue for issue in document["issues"] if issue["confidence"] == "confirmed"]
    findings = sum(len(issue["occurrences"]) for issue in certain)
    lines += ["", _headline(len(certain), findings)]
    for issue in document["issues"]:
        lines += _issue_lines(issue)
    return "\n".join(_printable(line) for line in lines) + "\n"


def _headline(fixes: int, findings: int) -> str:
    if not fixes:
        return "Nothing broken was found."
    said = "1 fix clears" if fixes == 1 else f"{fixes} fixes clear"
    return f"{said} {findings} finding" + ("s" if findings != 1 else "")


def _issue_lines(issue: dict[str, Any]) -> list[str]:
    doubt = " (please review)" if issue["confidence"] != "confirmed" else ""
    where = f" in {issue['group']}" if issue["group"] else ""
    pages = f"{issue['pages_affected']} page" + ("s" if issue["pages_affected"] != 1 else "")
    lines = ["", f"{issue['severity'].upper():9} {issue['title']}{doubt}{where}, {pages}  [{issue['rule']}]"]
    for occurrence in issue["occurrences"][:SHOWN]:
        lines.append(f"          {occurrence['url']}  {occurrence['message']}")
    if len(issue["occurrences"]) > SHOWN:
        lines.append(f"          … and {len(issue['occurrences']) - SHOWN} more")
    return lines


def _printable(line: str) -> str:
    """A scanned page's words must not move the cursor or colour the terminal."""
    return "".join(char if char.isprintable() else " " for char in line)


def sarif(document: dict[str, Any]) -> dict[str, Any]:
    rules = {issue["rule"]: issue for issue in document["issues"]}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "QA Sentinel",
                        "version": document["engine"]["version"],
                        "rules": [
                            {
                                "id": rule,
                                "shortDescription": {"text": _rule_title(issue)},
                                "help": {"text": issue["help"]},
                                "properties": {"category": issue["category"]},
                            }
                            for rule, issue in sorted(rules.items())
                        ],
                    }
                },
                "results": [
                    _sarif_result(issue, found) for issue in document["issues"] for found in issue["occurrences"]
                ],
            }
        ],
    }


def _rule_title(issue: dict[str, Any]) -> str:
    """Several rules of the customer's own share one id: their names stand in the results."""
    return RULES[issue["rule"]].title if issue["category"] == Category.CUSTOM else str(issue["title"])


def _sarif_result(issue: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    named = f"{issue['title']}: " if issue["category"] == Category.CUSTOM else ""
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": found["url"]}}}
    if found["selector"]:
        location["logicalLocations"] = [{"fullyQualifiedName": found["selector"], "kind": "element"}]
    return {
        "ruleId": issue["rule"],
        "level": SARIF_LEVEL[issue["severity"]],
        "kind": "review" if issue["confidence"] != "confirmed" else "fail",
        "message": {"text": named + found["message"]},
        "locations": [location],
        "partialFingerprints": {"cause/v1": issue["fingerprint"]},
    }


def junit(document: dict[str, Any]) -> str:
    """One test suite per category, one test case per issue; a site without problems is one case that passes."""
    root = ElementTree.Element("testsuites", name="QA Sentinel", tests=str(max(1, len(document["issues"]))))
    by_category: dict[str, list[dict[str, Any]]] = {}
    for issue in document["issues"]:
        by_category.setdefault(issue["category"], []).append(issue)
    for category, issues in sorted(by_category.items()):
        failed = [issue for issue in issues if issue["confidence"] == "confirmed"]
        suite = ElementTree.SubElement(
            root, "testsuite", name=category, tests=str(len(issues)), failures=str(len(failed))
        )
        for issue in issues:
            _junit_case(suite, issue)
    if not by_category:
        suite = ElementTree.SubElement(root, "testsuite", name="site", tests="1", failures="0")
        ElementTree.SubElement(suite, "testcase", classname="site", name="no problem found")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ElementTree.Element, issue: dict[str, Any]) -> None:
    name = f"{issue['title']} {issue['group']}".strip()
    case = ElementTree.SubElement(suite, "testcase", classname=issue["rule"], name=_xml(name))
    said = "\n".join(f"{found['url']}  {found['message']}" for found in issue["occurrences"])
    if issue["confidence"] == "confirmed":
        failure = ElementTree.SubElement(case, "failure", type=issue["severity"], message=_xml(issue["title"]))
        failure.text = _xml(f"{said}\n\n{issue['help']}")
    else:
        ElementTree.SubElement(case, "skipped", message=_xml(f"please review: {said}"))


def _xml(words: str) -> str:
    return words.translate(_NO_XML)
