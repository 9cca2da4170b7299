"""Holds configurations against their schema, and the schema against the first with one mistake each. usage: validate.py SCHEMA FULL [CONFIG...]"""
import copy
import json
import os
import sys

import jsonschema

schema, full = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
checker = jsonschema.Draft202012Validator(schema)
tests = 0


def report(passed, text, notes=()):
    global tests
    tests += 1
    print(("ok" if passed else "not ok"), tests, "-", text)
    for note in notes:
        print("#", note)


def changed(path, value):
    """The full document with another value at a path."""
    document = copy.deepcopy(full)
    at = document
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return document


def without(path):
    document = copy.deepcopy(full)
    at = document
    for name in path[:-1]:
        at = at[name]
    del at[path[-1]]
    return document


def leaves(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from leaves(inner, path + (name,))
    if not isinstance(value, (dict, list)):
        yield path, value


jsonschema.Draft202012Validator.check_schema(schema)
for path in sys.argv[2:]:
    document = json.load(open(path, encoding="utf-8"))
    problems = ["/" + "/".join(map(str, e.absolute_path)) + ": " + e.message[:200] for e in checker.iter_errors(document)]
    report(not problems, os.path.basename(path) + " is valid", problems)

# A schema that lets everything pass would find nothing: each value is replaced by one of another type.
# What belongs to another platform is ignored, as everything that lade does not know.
for path, value in leaves(full):
    if path[-1] in ("commandLine", "username"):
        continue
    wrong = "x" if not isinstance(value, str) else 1
    report(not checker.is_valid(changed(path, wrong)), "refused: /" + "/".join(map(str, path)) + " with " + json.dumps(wrong))

REQUIRED = """ociVersion root root/path process/cwd process/args process/rlimits/0/type process/rlimits/0/soft process/rlimits/0/hard
    process/scheduler/policy process/ioPriority/class process/ioPriority/priority mounts/0/destination linux/namespaces/0/type
    linux/devices/0/type linux/devices/0/path linux/resources/devices/0/allow linux/seccomp/defaultAction linux/seccomp/syscalls/0/names
    linux/seccomp/syscalls/0/action linux/seccomp/syscalls/0/args/0/index linux/seccomp/syscalls/0/args/0/op linux/memoryPolicy/mode
    linux/personality/domain hooks/prestart/0/path linux/uidMappings/0/size"""
OUT_OF_RANGE = """process/oomScoreAdj=1001 process/oomScoreAdj=-1001 process/ioPriority/priority=8 process/user/uid=4294967296 process/user/umask=512
    process/args=[] linux/resources/memory/limit=-2 linux/resources/memory/swappiness=101 linux/resources/cpu/idle=2 linux/resources/pids/limit=-2
    linux/resources/blockIO/weight=65536 linux/devices/0/major=4096 linux/devices/0/minor=1048576 linux/timeOffsets/boottime/nanosecs=1000000000
    linux/timeOffsets/realtime={} linux/seccomp/syscalls/0/args/0/index=6 linux/seccomp/syscalls/0/names=[] hooks/prestart/0/timeout=0
    linux/namespaces/0/type="net" linux/rootfsPropagation="x" process/rlimits/0/type="RLIMIT_X" process/scheduler/flags=["x"] linux/devices/0/type="a" """
ALLOWED = """linux/resources/memory/swappiness=18446744073709551615 linux/resources/memory/limit=-1 linux/resources/devices/0/major=-1 process/oomScoreAdj=-1000
    windows={} process/unknown=1 linux/seccomp/flags=[] process/rlimits/0/hard=18446744073709551615"""


def steps(path):
    return tuple(int(step) if step.isdigit() else step for step in path.split("/"))


for path in REQUIRED.split():
    report(not checker.is_valid(without(steps(path))), "refused: no /" + path)
for edit in OUT_OF_RANGE.split():
    path, value = edit.split("=", 1)
    report(not checker.is_valid(changed(steps(path), json.loads(value))), "refused: /" + edit)
for edit in ALLOWED.split():
    path, value = edit.split("=", 1)
    report(checker.is_valid(changed(steps(path), json.loads(value))), "accepted: /" + edit)
print("1..%d" % tests)
