# features.md, features-linux.md: what the runtime claims, and whether that is true.

# features: the document of the runtime, as $scratch/features.json; it is optional. has FILTER, list FILTER: query it.
features() {
  rt features >"$scratch/features.json" 2>"$scratch/errors" || skip "the runtime has no features document"
  gives . object
}
has() { holds "$1" "$scratch/features.json"; }
list() { jq -r "$1" "$scratch/features.json"; }
is_boolean_or_absent() { has "($1) == null or (($1) | type) == \"boolean\""; }
# gives FILTER TYPE: the value has this type. A feature newer than the runtime's ociVersionMax may be absent.
gives() { has "(($1) | type) == \"$2\""; }
since() { has "(.ociVersionMax | split(\"-\")[0] | split(\".\") | map(tonumber)) >= [$1]"; }

features_document() {
  features
  check FEA-001 same_again
  check FEA-002 has '[.. | select(. == null)] | length == 0'
  check FEA-003 has '.ociVersionMin | test("^[0-9]+\\.[0-9]+\\.[0-9]+")'
  check FEA-005 has '.ociVersionMax | test("^[0-9]+\\.[0-9]+\\.[0-9]+")'
  check FEA-007 has 'def version: split("-")[0] | split(".") | map(tonumber); (.ociVersionMax | version) >= (.ociVersionMin | version)'
  check FEA-008 has '(keys - ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"]) == []'
  if ! since "1, 3, 0"; then check FEA-008 has '.linux | has("netDevices") or has("memoryPolicy") | not'; fi
  check FEA-011 has '[.mountOptions[]? | select(test("=") or IN("size", "mode", "uid", "gid", "nr_inodes"))] == []'
  check FEA-012 gives .linux object
  check FEA-013 has '(.annotations // {}) | type == "object" and all(.[]; type == "string") and (has("") | not)'
  check FEA-014 has '(.potentiallyUnsafeConfigAnnotations // []) | type == "array" and all(.[]; type == "string" and . != "")'
  check SCH-025 has '(.ociVersionMin | type) == "string" and (.ociVersionMax | type) == "string" and ([.hooks, .mountOptions] | all(. == null or type == "array"))'
  check SCH-026 has '.linux | (.capabilities // [] | all(test("^CAP_[A-Z_]+$"))) and (.namespaces // [] | all(IN("pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time")))'
}
same_again() {
  cp "$scratch/features.json" "$scratch/first.json"
  features
  cmp "$scratch/first.json" "$scratch/features.json"
  ( cd / && env -i PATH="$PATH" "$runtime" --root "$scratch/other" features >"$scratch/features.json" )
  cmp "$scratch/first.json" "$scratch/features.json"
}
scenario "FEA-001 FEA-002 FEA-003 FEA-005 FEA-007 FEA-008 $(ids FEA 11 14) SCH-025 SCH-026" features_document "the document: versions, lists, types"

features_versions() {
  features
  accepts FEA-004 ".ociVersion = \"$(list .ociVersionMin)\""
  accepts FEA-006 ".ociVersion = \"$(list .ociVersionMax)\""
}
scenario "FEA-004 FEA-006" features_versions "configurations of the lowest and the highest version run"

features_hooks() {
  features
  local name
  for name in $(list '.hooks[]'); do
    hook "$name" "echo $name >>$(if [ "$name" = startContainer ]; then echo /log; else echo "$bundle/log"; fi)"
  done
  program 'sleep 100'
  created
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  equals "$(cat "$bundle/log" "$bundle/rootfs/log" | sort | tr '\n' ' ')" "$(list '.hooks[]' | sort | tr '\n' ' ')"
}
scenario FEA-009 features_hooks "each hook of the document runs"

features_mount_options() {
  features
  mkdir -p "$scratch/source"
  mount -t tmpfs source "$scratch/source"
  local option number=0
  for option in $(list '.mountOptions[]'); do
    number=$((number + 1))
    case $option in
      bind | rbind | idmap | ridmap) continue ;;
      remount) edit ".mounts += [{ destination: \"/m/1\", type: \"tmpfs\", source: \"x\" }, { destination: \"/m/1\", type: \"tmpfs\", source: \"x\", options: [\"remount\"] }]" ;;
      tmpcopyup) edit ".mounts += [{ destination: \"/tmp\", type: \"tmpfs\", source: \"x\", options: [\"tmpcopyup\"] }]" ;;
      # A file system rejects unknown options, so an option that the runtime does not recognize makes the container fail.
      *) edit ".mounts += [{ destination: \"/m/t$number\", type: \"tmpfs\", source: \"x\", options: [\"$option\"] }]" ;;
    esac
  done
  run
  [ $number -gt 10 ]
}
scenario FEA-010 features_mount_options "each mount option of the document is known"

features_namespaces() {
  features
  local name
  for name in $(list '.linux.namespaces[]'); do
    case $name in
      pid | network | mount | ipc | uts) accepts FEA-LIN-001 . ;;
      user) accepts FEA-LIN-001 '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }] | .linux.gidMappings = .linux.uidMappings' ;;
      *) accepts FEA-LIN-001 ".linux.namespaces += [{ type: \"$name\" }]" ;;
    esac
  done
  check FEA-LIN-001 has '.linux.namespaces | index("mount") != null'
}
scenario FEA-LIN-001 features_namespaces "each namespace of the document can be created"

features_capabilities() {
  features
  base
  edit ".process.capabilities.bounding = $(list '.linux.capabilities | tojson') | .process.args = [\"/bin/probe\"]"
  write_config
  succeeds rt --log "$scratch/log" run --bundle "$bundle" "$id" </dev/null >"$scratch/probe" 2>"$scratch/errors"
  cat "$scratch/log" "$scratch/errors"
  # All capabilities of the runtime itself are listed; none is unknown. Those that the kernel or the caller does not grant may cause a warning.
  equals "$(printf %x $((0x$(probed bounding) & 0x$("$work/rootfs/bin/probe" | sed -n 's/^bounding //p'))))" "$("$work/rootfs/bin/probe" | sed -n 's/^bounding //p')"
  lacks "$(tr '[:upper:]' '[:lower:]' <"$scratch/log")$(tr '[:upper:]' '[:lower:]' <"$scratch/errors")" unknown
}
scenario FEA-LIN-002 features_capabilities "each capability of the document is known"

features_flags() {
  features
  local number
  check FEA-LIN-003 gives .linux.cgroup object
  check FEA-LIN-004 gives .linux.cgroup.v1 boolean
  check FEA-LIN-005 gives .linux.cgroup.v2 boolean
  check FEA-LIN-006 gives .linux.cgroup.systemd boolean
  check FEA-LIN-007 gives .linux.cgroup.systemdUser boolean
  check FEA-LIN-008 is_boolean_or_absent .linux.cgroup.rdma
  check FEA-LIN-009 gives .linux.seccomp object
  check FEA-LIN-010 gives .linux.seccomp.enabled boolean
  check FEA-LIN-016 gives .linux.apparmor object
  check FEA-LIN-017 gives .linux.apparmor.enabled boolean
  check FEA-LIN-018 gives .linux.selinux object
  check FEA-LIN-019 gives .linux.selinux.enabled boolean
  check FEA-LIN-020 has '.linux.memoryPolicy == null or (.linux.memoryPolicy | type) == "object"'
  check FEA-LIN-023 has '.linux.intelRdt == null or (.linux.intelRdt | type) == "object"'
  check FEA-LIN-024 is_boolean_or_absent .linux.intelRdt.enabled
  check FEA-LIN-025 is_boolean_or_absent .linux.intelRdt.schemata
  check FEA-LIN-026 is_boolean_or_absent .linux.intelRdt.monitoring
  check FEA-LIN-027 has '.linux.mountExtensions == null or (.linux.mountExtensions | type) == "object"'
  check FEA-LIN-028 has '.linux.mountExtensions.idmap == null or (.linux.mountExtensions.idmap | type) == "object"'
  check FEA-LIN-030 has '.linux.netDevices == null or (.linux.netDevices | type) == "object"'
  check FEA-LIN-031 is_boolean_or_absent .linux.netDevices.enabled
  # Flags whose effect can be observed here.
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then check FEA-LIN-005 has .linux.cgroup.v2; else check FEA-LIN-004 has .linux.cgroup.v1; fi
  check FEA-LIN-010 seccomp_as_said
  check FEA-LIN-029 idmap_as_said
  check FEA-LIN-025 intel_rdt_as_said
  check FEA-LIN-031 net_devices_as_said
}
runs_or_not() { # FILTER CONFIGURATION: the container runs if and only if the document says so.
  base
  edit "$2"
  write_config
  if has "($1) == true"; then run; else refused rt run --bundle "$bundle" "$id"; fi
}
seccomp_as_said() { runs_or_not .linux.seccomp.enabled '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW" }'; }
idmap_as_said() {
  mkdir -p "$bundle/data"
  if has '.linux.mountExtensions.idmap == null'; then return 0; fi
  gives .linux.mountExtensions.idmap.enabled boolean
  runs_or_not .linux.mountExtensions.idmap.enabled '.mounts += [{ destination: "/data", source: "data", options: ["bind", "idmap"],
    uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }], gidMappings: [{ containerID: 0, hostID: 1000, size: 10 }] }]'
}
intel_rdt_as_said() {
  if has '.linux.intelRdt.schemata == true'; then has .linux.intelRdt.enabled; fi
  if has '.linux.intelRdt.monitoring == true'; then has .linux.intelRdt.enabled; fi
}
net_devices_as_said() {
  base
  edit '.linux.netDevices = { "conformance-none": {} }'
  # A missing device is an error, whether the runtime knows the property or rejects it.
  if has '.linux.netDevices.enabled != null'; then write_config; refused rt run --bundle "$bundle" "$id"; fi
}
scenario "$(ids FEA-LIN 3 10) $(ids FEA-LIN 16 20) $(ids FEA-LIN 23 31)" features_flags "flags of the document, and behaviour where this machine shows it"

seccomp_lists() {
  features
  has .linux.seccomp.enabled || skip "the runtime reports no seccomp support"
  local name
  for name in $(list '.linux.seccomp.actions[]'); do
    # That one needs an agent: the statements about listenerPath cover it.
    [ "$name" != SCMP_ACT_NOTIFY ] || continue
    accepts FEA-LIN-011 ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{ names: [\"swapoff\"], action: \"$name\" }] }"
  done
  for name in $(list '.linux.seccomp.operators[]'); do
    accepts FEA-LIN-012 ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{ names: [\"swapoff\"], action: \"SCMP_ACT_ERRNO\", args: [{ index: 0, value: 5, valueTwo: 5, op: \"$name\" }] }] }"
  done
  for name in $(list '.linux.seccomp.archs[]'); do
    accepts FEA-LIN-013 ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"$name\"], syscalls: [{ names: [\"swapoff\"], action: \"SCMP_ACT_ERRNO\" }] }"
  done
  check FEA-LIN-011 has '.linux.seccomp.actions | index("SCMP_ACT_ERRNO") != null'
  check FEA-LIN-013 has '.linux.seccomp.archs | index("SCMP_ARCH_X86_64") != null'
}
scenario "FEA-LIN-011 FEA-LIN-012 FEA-LIN-013" seccomp_lists "actions, operators and architectures of the document can be used"

seccomp_flags() {
  features
  has '.linux.seccomp.knownFlags != null' || skip "the document has no knownFlags"
  local name
  check FEA-LIN-014 has '(.linux.seccomp.supportedFlags - .linux.seccomp.knownFlags) == []'
  for name in $(list '.linux.seccomp.supportedFlags[]'); do
    accepts FEA-LIN-015 ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", flags: [\"$name\"], syscalls: [{ names: [\"swapoff\"], action: \"SCMP_ACT_ERRNO\" }] }"
    accepts FEA-LIN-014 ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", flags: [\"$name\"], syscalls: [{ names: [\"swapoff\"], action: \"SCMP_ACT_ERRNO\" }] }"
  done
}
scenario "FEA-LIN-014 FEA-LIN-015" seccomp_flags "flags of the document are known, supported ones work"

memory_policies() {
  features
  has '(.linux.memoryPolicy.modes // []) | length > 0' || skip "the document has no memoryPolicy"
  [ -e /sys/devices/system/node/node0 ] || skip "the kernel has no NUMA support"
  local name code
  # Known means not refused for its name. The kernel may refuse what it does not support, so compare with an unknown name.
  for name in $(list '.linux.memoryPolicy.modes[]'); do
    case $name in MPOL_DEFAULT | MPOL_LOCAL) nodes= ;; *) nodes=', nodes: "0"' ;; esac
    base
    edit ".linux.memoryPolicy = { mode: \"$name\"$nodes }"
    code=0
    run >"$scratch/errors" 2>&1 || code=$?
    cat "$scratch/errors"
    [ $code = 0 ] || check FEA-LIN-021 lacks "$(cat "$scratch/errors")" unknown
    [ $code != 0 ] || check FEA-LIN-021 true
  done
  for name in $(list '.linux.memoryPolicy.flags[]'); do
    base
    edit ".linux.memoryPolicy = { mode: \"MPOL_BIND\", nodes: \"0\", flags: [\"$name\"] }"
    code=0
    run >"$scratch/errors" 2>&1 || code=$?
    cat "$scratch/errors"
    [ $code = 0 ] || check FEA-LIN-022 lacks "$(cat "$scratch/errors")" unknown
    [ $code != 0 ] || check FEA-LIN-022 true
  done
  rejects FEA-LIN-021 '.linux.memoryPolicy = { mode: "MPOL_NO_SUCH", nodes: "0" }'
  rejects FEA-LIN-022 '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NO_SUCH"] }'
}
scenario "FEA-LIN-021 FEA-LIN-022" memory_policies "modes and flags of memory policies of the document are known"
