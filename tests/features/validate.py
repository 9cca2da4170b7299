"""Validates a features document against its schema, and the schema against documents with one mistake each. usage: validate.py SCHEMA DOCUMENT"""
import copy
import json
import sys

import jsonschema

schema, features = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
checker = jsonschema.Draft7Validator(schema)
tests = 0


def report(passed, text, notes=()):
    global tests
    tests += 1
    print(("ok" if passed else "not ok"), tests, "-", text)
    for note in notes:
        print("#", note)


def changed(path, value):
    """The document with another value at a path; without a value the property is gone."""
    document = copy.deepcopy(features)
    at = document
    for name in path[:-1]:
        at = at[name]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return document


jsonschema.Draft7Validator.check_schema(schema)
problems = ["/" + "/".join(map(str, e.absolute_path)) + ": " + e.message for e in checker.iter_errors(features)]
report(not problems, "what features prints is valid", problems)


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, path + (name,))
    else:
        yield path, value


# A schema that lets everything pass would find nothing: each value is replaced by one of another type, and each object gets a property too many.
for path, value in leaves(features):
    wrong = 1 if not isinstance(value, list) else [*value, 1]
    report(not checker.is_valid(changed(path, wrong)), "refused: " + "/".join(path) + " with a number")
    if isinstance(value, list):
        report(not checker.is_valid(changed(path, value + value[:1])), "refused: " + "/".join(path) + " with an item twice")
        report(not checker.is_valid(changed(path, ["No such name!"])), "refused: " + "/".join(path) + " with a name of another kind")
        report(checker.is_valid(changed(path, [])), "accepted: " + "/".join(path) + " without items")
for path in sorted({path[:-1] for path, _ in leaves(features)}):
    if path != ("annotations",):
        report(not checker.is_valid(changed(path + ("surplus",), True)), "refused: a property too many in /" + "/".join(path))
for name in ("ociVersionMin", "ociVersionMax"):
    report(not checker.is_valid(changed((name,), None)), "refused: no " + name)
    report(not checker.is_valid(changed((name,), "1.3")), "refused: " + name + " of two numbers")
report(checker.is_valid({"ociVersionMin": "1.0.0", "ociVersionMax": "1.3.0-rc.1+x"}), "accepted: nothing but versions")
report(not checker.is_valid(changed(("hooks",), ["prestop"])), "refused: a hook that no specification has")
print("1..%d" % tests)
