# config-linux.md: Intel RDT. resctrl groups are few and shared by the machine: a scenario makes its own and removes it.

# resctrl: sets $resctrl, the mount point, or fails.
find_resctrl() { resctrl=$(awk '/ - resctrl / { print $5; exit }' /proc/self/mountinfo); [ -n "$resctrl" ]; }
need_resctrl() { find_resctrl || skip "no resctrl file system is mounted"; }
# own_group NAME: removed at the end.
own_group() { groups+=("$resctrl/$1"); trap 'rmdir "${groups[@]}" 2>/dev/null || true' EXIT; }
# schema RESOURCE: the default group's line for L3 or MB, which is valid for every group; empty if the processor has none.
schema() { sed -n "s/^ *\($1:.*\)/\1/p" "$resctrl/schemata"; }
# narrower LINE: the same with a smaller share of the first cache.
narrower() { sed 's/\([:=]\)\([0-9a-f]*\);.*/\1\2/; s/=[0-9a-f]*/=1/' <<<"$1"; }
has_task() { grep -qx "$(pid)" "$1/tasks"; }
tree() { find "$resctrl" -mindepth 1 -maxdepth 2 -type d ! -path '*/mon_data*' ! -path '*/info*' | sort; cat "$resctrl/schemata"; }

rdt_absent() {
  find_resctrl && skip "a resctrl file system is mounted"
  ground
  refused_with '.linux.intelRdt = {}'
  refused_with '.linux.intelRdt = { closID: "group" }'
  refused_with '.linux.intelRdt = { l3CacheSchema: "L3:0=f" }'
}
scenario LIN-RDT-003 rdt_absent "without the file system it is an error"

rdt_refusals() {
  local valid='.linux.intelRdt = { closID: "conformance", l3CacheSchema: "L3:0=1" }'
  rejects_beside LIN-RDT-005 "$valid" '.linux.intelRdt = { closID: "..", l3CacheSchema: "L3:0=1" }'
  rejects_beside LIN-RDT-005 "$valid" '.linux.intelRdt = { closID: "a/b", l3CacheSchema: "L3:0=1" }'
  rejects_beside LIN-RDT-006 "$valid" '.linux.intelRdt = { closID: "conformance", l3CacheSchema: "X:0=1" }'
  valid='.linux.intelRdt = { closID: "conformance", memBwSchema: "MB:0=50" }'
  rejects_beside LIN-RDT-007 "$valid" '.linux.intelRdt = { closID: "conformance", memBwSchema: "X:0=1" }'
  rejects_beside LIN-RDT-008 "$valid" '.linux.intelRdt = { closID: "conformance", memBwSchema: "MB:0=50\nL3:0=1" }'
  valid='.linux.intelRdt = { closID: "conformance", schemata: ["L3:0=1"] }'
  rejects_beside LIN-RDT-009 "$valid" '.linux.intelRdt = { closID: "conformance", schemata: ["L3:0=1\nMB:0=50"] }'
  ! find_resctrl || rmdir "$resctrl/conformance" 2>/dev/null || true
}
scenario "$(ids LIN-RDT 5 9)" rdt_refusals "names of groups and schemata that cannot be valid"

rdt_untouched() {
  need_resctrl
  local before
  before=$(tree)
  program 'sleep 100'
  created
  equals "$(tree)" "$before"
  has_task "$resctrl"
  again
  equals "$(tree)" "$before"
}
scenario LIN-RDT-004 rdt_untouched "without intelRdt nothing of it is touched"

rdt_group() {
  need_resctrl
  local line before
  line=$(schema L3)
  [ -n "$line" ] || line=$(schema MB)
  case $line in
    L3*) edit ".linux.intelRdt = { l3CacheSchema: \"$line\" }" ;;
    MB*) edit ".linux.intelRdt = { memBwSchema: \"$line\" }" ;;
    *) skip "the processor has neither cache nor bandwidth allocation" ;;
  esac
  own_group "$id"
  program 'sleep 100'
  check LIN-RDT-001 create
  check LIN-RDT-001 exists "$resctrl/$id/schemata"
  check LIN-RDT-016 exists "$resctrl/$id"
  check LIN-RDT-002 has_task "$resctrl/$id"
  check LIN-RDT-013 grep -q "^ *$line" "$resctrl/$id/schemata"
  check LIN-RDT-011 grep -q "^ *$line" "$resctrl/$id/schemata"
  again
  check LIN-RDT-020 absent "$resctrl/$id"
  # No schemata: a new group has the kernel's.
  before=$(cat "$resctrl/schemata")
  edit '.linux.intelRdt = {}'
  program 'sleep 100'
  create
  check LIN-RDT-015 equals "$(cat "$resctrl/schemata")" "$before"
  check LIN-RDT-016 has_task "$resctrl/$id"
  again
  check LIN-RDT-020 absent "$resctrl/$id"
}
scenario "LIN-RDT-001 LIN-RDT-002 LIN-RDT-011 LIN-RDT-013 LIN-RDT-015 LIN-RDT-016 LIN-RDT-020" rdt_group "a group named after the container, with its schema, for the container's life"

rdt_class() {
  need_resctrl
  local line class=conf-$$-$BASHPID
  line=$(schema L3)
  [ -n "$line" ] || skip "the processor has no cache allocation"
  own_group "$class"
  rejects LIN-RDT-019 ".linux.intelRdt = { closID: \"$class\" }"
  again
  edit ".linux.intelRdt = { closID: \"$class\", l3CacheSchema: \"$line\" }"
  program 'sleep 100'
  check LIN-RDT-017 create
  check LIN-RDT-017 has_task "$resctrl/$class"
  again
  rmdir "$resctrl/$class" 2>/dev/null || true
  # What existed before is not the container's.
  mkdir "$resctrl/$class"
  edit ".linux.intelRdt = { closID: \"$class\" }"
  program 'sleep 100'
  check LIN-RDT-019 create
  check LIN-RDT-019 has_task "$resctrl/$class"
  again
  check LIN-RDT-021 exists "$resctrl/$class"
  edit ".linux.intelRdt = { closID: \"$class\", l3CacheSchema: \"$line\" }"
  program true
  check LIN-RDT-018 run
  check LIN-RDT-018 refused_with ".linux.intelRdt = { closID: \"$class\", l3CacheSchema: \"$(narrower "$line")\" }"
  check LIN-RDT-018 grep -q "^ *$line" "$resctrl/$class/schemata"
  edit '.linux.intelRdt = { closID: "/" }'
  program 'sleep 100'
  check LIN-RDT-005 create
  check LIN-RDT-005 has_task "$resctrl"
  again
}
scenario "LIN-RDT-005 $(ids LIN-RDT 17 19) LIN-RDT-021" rdt_class "an existing class: joined, compared, never removed"

rdt_order() {
  need_resctrl
  local line bandwidth
  line=$(schema L3)
  bandwidth=$(schema MB)
  [ -n "$line" ] && [ -n "$bandwidth" ] || skip "the processor lacks cache or bandwidth allocation"
  own_group "$id"
  # The last write to a resource wins.
  edit ".linux.intelRdt = { l3CacheSchema: \"$line\nMB:0=10\", memBwSchema: \"$bandwidth\" }"
  program 'sleep 100'
  create
  check LIN-RDT-012 grep -q "^ *$bandwidth" "$resctrl/$id/schemata"
  check LIN-RDT-006 grep -q "^ *$line" "$resctrl/$id/schemata"
  check LIN-RDT-007 grep -q "^ *$bandwidth" "$resctrl/$id/schemata"
  again
  edit ".linux.intelRdt = { l3CacheSchema: \"$(narrower "$line")\", schemata: [\"$line\", \"$bandwidth\"] }"
  program 'sleep 100'
  create
  check LIN-RDT-014 grep -q "^ *$line" "$resctrl/$id/schemata"
  check LIN-RDT-009 grep -q "^ *$bandwidth" "$resctrl/$id/schemata"
  again
}
scenario "LIN-RDT-006 LIN-RDT-007 LIN-RDT-009 LIN-RDT-012 LIN-RDT-014" rdt_order "the order of the schemata: cache, bandwidth, then the list"

rdt_monitoring() {
  need_resctrl
  [ -e "$resctrl/mon_groups" ] || skip "the processor has no monitoring"
  edit '.linux.intelRdt = { closID: "/", enableMonitoring: true }'
  program 'sleep 100'
  check LIN-RDT-010 create
  check LIN-RDT-010 has_task "$resctrl/mon_groups/$id"
  check LIN-RDT-022 exists "$resctrl/mon_groups/$id"
  again
  check LIN-RDT-022 absent "$resctrl/mon_groups/$id"
}
scenario "LIN-RDT-010 LIN-RDT-022" rdt_monitoring "a monitoring group for the container's life"
