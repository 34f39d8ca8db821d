"""Is a SARIF log what the schema, and beyond it GitHub, take? `sarif_check.py LOG... [--schema FILE]...`

Without --schema only what GitHub asks for beyond the schema is looked at, and that places, indexes and columns are those of
the files that were checked (found below the current folder).
"""

import argparse
import json
import re
import sys
import traceback
import urllib.parse
from pathlib import Path


def beyond_the_schema(log):
    """What schemas do not say: GitHub's requirements, and that every reference leads somewhere."""
    assert len(log["runs"]) == 1
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert run["columnKind"] == "unicodeCodePoints"
    for rule in rules:
        assert rule["shortDescription"]["text"] and len(rule["shortDescription"]["text"]) <= 1024
        assert rule["fullDescription"]["text"] and len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"] and rule["help"]["markdown"]
        assert len(rule["name"]) <= 255
        assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        assert len(rule["properties"]["tags"]) <= 10
    identities = set()
    levels = [result["level"] for result in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index), levels
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["locations"]) == 1
        location = result["locations"][0]["physicalLocation"]
        region = location["region"]
        assert region["startLine"] == region["endLine"], region
        places = [result["locations"][0], *result.get("relatedLocations", [])]
        for flow in result.get("codeFlows", []):
            for thread in flow["threadFlows"]:
                assert len(thread["locations"]) >= 2
                places += [step["location"] for step in thread["locations"]]
        for place in places:
            check_place(run, place["physicalLocation"])
        ids = [place["id"] for place in result.get("relatedLocations", [])]
        for link in re.findall(r"(?<!\\)\]\((\d+)\)", result["message"]["text"]):
            assert int(link) in ids, result["message"]
        assert re.fullmatch(r"[0-9a-f]+:\d+", result["partialFingerprints"]["primaryLocationLineHash"])
        identity = (location["artifactLocation"]["uri"], result["partialFingerprints"]["shapelint/v1"])
        assert identity not in identities, identity
        identities.add(identity)


def check_place(run, place):
    artifact, region = place["artifactLocation"], place["region"]
    assert artifact.get("uriBaseId") in run["originalUriBaseIds"] or artifact["uri"].startswith("file:///")
    assert not re.search(r"[^A-Za-z0-9._~/%:-]", artifact["uri"]), artifact
    if "index" in artifact:
        entry = run["artifacts"][artifact["index"]]
        assert entry["location"]["uri"] == artifact["uri"]
        text = entry["contents"]["text"]
    else:
        path = Path(urllib.parse.unquote(artifact["uri"]).removeprefix("file://"))
        assert path.is_file(), path
        text = path.read_bytes().decode("utf-8-sig")
    # Python's strings count code points, as the log says that it does.
    lines = re.split("\r\n|\r|\n", text)
    assert 1 <= region["startLine"] <= region["endLine"] <= len(lines), region
    assert 1 <= region["startColumn"] <= len(lines[region["startLine"] - 1]) + 1, region
    assert region["endColumn"] <= len(lines[region["endLine"] - 1]) + 1, region
    if region["startLine"] == region["endLine"]:
        shown = lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1]
        assert shown == shown.strip() and shown, (region, shown)
        if "snippet" in region:
            assert region["snippet"]["text"] == shown


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("logs", nargs="+", type=Path)
    parser.add_argument("--schema", action="append", default=[], type=Path)
    options = parser.parse_args()
    validators = []
    for path in options.schema:
        import jsonschema

        schema = json.loads(path.read_text(encoding="utf-8"))
        kind = jsonschema.validators.validator_for(schema)
        validators.append((path, kind(schema, format_checker=kind.FORMAT_CHECKER)))
    failed = False
    for path in options.logs:
        log = json.loads(path.read_text(encoding="utf-8"))
        for schema_path, validator in validators:
            for error in list(validator.iter_errors(log))[:10]:
                failed = True
                print(f"{path}: {schema_path.name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
        try:
            beyond_the_schema(log)
        except (AssertionError, KeyError, IndexError) as error:
            failed = True
            where = traceback.extract_tb(error.__traceback__)[-1].lineno
            print(f"{path}: line {where} of this script: {type(error).__name__}: {error}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
