# config.md: unknown properties, invalid values, sections for other platforms, annotations; the schemas.

unknown_properties() {
  accepts CFG-EXT-001 '.unknown = { a: 1 } | .process.unknown = true | .linux.unknown = [1] | .mounts[0].unknown = "x" | .root.unknown = null'
  accepts CFG-EXT-001 '.linux.resources = { unknown: 1, memory: { unknown: 2 }, cpu: { unknown: "x" }, pids: { limit: 10, unknown: 3 } }'
  accepts CFG-EXT-001 '.process.user.unknown = 1 | .process.capabilities.unknown = ["x"] | .linux.namespaces[0].unknown = 1 | .hooks = { unknown: [{}] }'
  # Names are case-sensitive: these are unknown too.
  accepts CFG-EXT-002 '.Hooks = "x" | .process.Rlimits = 5 | .linux.Seccomp = 1'
  accepts CFG-EXT-002 '.unknown = [[{ deep: { deeper: [null, 1.5e3, "\u0000"] } }]]'
}
scenario "CFG-EXT-001 CFG-EXT-002" unknown_properties "unknown properties are ignored, at every level"

platforms() {
  accepts CFG-PLAT-002 '.solaris = { anet: [] } | .windows = { layerFolders: ["x"] } | .zos = {} | .freebsd = {}'
  # Ignored or refused, not half-applied.
  base
  ground
  base
  edit '.vm = { hypervisor: { path: "/no/such" }, kernel: { path: "/no/such" } }'
  local code=0
  rt run --bundle "$bundle" "$id" </dev/null || code=$?
  check CFG-PLAT-002 contains " 1 42 " " $code "
}
scenario CFG-PLAT-002 platforms "sections of other platforms do not disturb"

without_linux() {
  ground
  base
  edit 'del(.linux) | del(.hostname) | .mounts = []'
  program 'touch /ran'
  local code=0
  run || code=$?
  # Accepted: the program ran, in the runtime's namespaces. Refused: nothing is left.
  if [ $code = 0 ]; then exists "$bundle/rootfs/ran"; else gone; absent "$bundle/rootfs/ran"; fi
}
scenario CFG-PLAT-001 without_linux "a configuration without linux runs, or is refused"

# One wrong type or value per property: every line is a configuration that must not run.
wrong_values() {
  cat <<'END'
.root = "rootfs"
.root.path = 5
.root.readonly = "yes"
.mounts = {}
.mounts += ["/x"]
.mounts += [{ destination: 5, type: "tmpfs" }]
.mounts += [{ destination: "/x", type: 5 }]
.mounts += [{ destination: "/x", type: "tmpfs", options: "ro" }]
.mounts += [{ destination: "/x", type: "tmpfs", options: [1] }]
.process = []
.process.terminal = "yes"
.process.cwd = 5
.process.args = "/bin/true"
.process.args = ["/bin/true", 5]
.process.env = { A: "b" }
.process.env = [5]
.process.user = "root"
.process.user.uid = "0"
.process.user.uid = -1
.process.user.gid = 1.5
.process.user.gid = 4294967296
.process.user.umask = "022"
.process.user.additionalGids = 5
.process.user.additionalGids = ["5"]
.process.capabilities = ["CAP_KILL"]
.process.capabilities.bounding = "CAP_KILL"
.process.rlimits = {}
.process.rlimits = [{ type: "RLIMIT_CORE", soft: "0", hard: 0 }]
.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: -1 }]
.process.noNewPrivileges = 1
.process.oomScoreAdj = "100"
.process.oomScoreAdj = 1001
.hostname = 5
.domainname = ["x"]
.hooks = []
.hooks.prestart = {}
.hooks.prestart = [{ path: "/bin/true", args: "true" }]
.hooks.prestart = [{ path: "/bin/true", env: "A=b" }]
.hooks.prestart = [{ path: "/bin/true", timeout: "1" }]
.annotations = []
.linux = []
.linux.namespaces = {}
.linux.namespaces += ["time"]
.linux.namespaces += [{ type: "no-such" }]
.linux.namespaces += [{ type: 5 }]
.linux.uidMappings = {}
.linux.devices = {}
.linux.devices = [{ path: "/dev/x", type: "x", major: 1, minor: 3 }]
.linux.devices = [{ path: "/dev/x", type: "c", major: "1", minor: 3 }]
.linux.devices = [{ path: "/dev/x", type: "c", major: 1, minor: 3, fileMode: "0666" }]
.linux.cgroupsPath = 5
.linux.resources = []
.linux.resources.devices = [{ allow: "yes", access: "rwm" }]
.linux.resources.devices = [{ allow: true, access: "z" }]
.linux.resources.devices = [{ allow: true, type: "x", access: "r" }]
.linux.resources.memory = { limit: "1G" }
.linux.resources.memory = { limit: 1.5 }
.linux.resources.memory = { swappiness: 101 }
.linux.resources.cpu = { shares: -1 }
.linux.resources.cpu = { quota: "10" }
.linux.resources.cpu = { cpus: 0 }
.linux.resources.cpu = { cpus: "x" }
.linux.resources.cpu = { mems: "x" }
.linux.resources.pids = { limit: "10" }
.linux.resources.blockIO = { weight: "10" }
.linux.resources.blockIO = { weight: 70000 }
.linux.resources.hugepageLimits = [{ pageSize: "1XB", limit: 0 }]
.linux.resources.hugepageLimits = [{ pageSize: 2, limit: 0 }]
.linux.resources.network = { classID: "x" }
.linux.resources.unified = { "cgroup.max": 1 }
.linux.sysctl = { "net.ipv4.ip_forward": 1 }
.linux.sysctl = ["net.ipv4.ip_forward"]
.linux.sysctl = { "net.ipv4.no_such_key": "1" }
.linux.seccomp = { defaultAction: "SCMP_ACT_NO_SUCH" }
.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NO_SUCH"] }
.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "x" }] }
.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{ index: 6, value: 1, op: "SCMP_CMP_EQ" }] }] }
.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{ index: 0, value: 1, op: "x" }] }] }
.linux.rootfsPropagation = "x"
.linux.maskedPaths = "/proc/keys"
.linux.maskedPaths = [5]
.linux.readonlyPaths = { a: 1 }
.linux.mountLabel = 5
.linux.personality = { domain: "x" }
.linux.timeOffsets = []
END
}
wrong_values_part() {
  local filter
  base
  check CFG-VAL-001 run
  while read -r filter <&3; do rejects CFG-VAL-001 "$filter"; done 3< <(wrong_values | sed -n "$1")
}
wrong_values_1() { wrong_values_part 1,30p; }
wrong_values_2() { wrong_values_part 31,60p; }
wrong_values_3() { wrong_values_part '61,$p'; }
scenario CFG-VAL-001 wrong_values_1 "a wrong value of a known property is an error: root, mounts, process"
scenario CFG-VAL-001 wrong_values_2 "a wrong value of a known property is an error: hooks, namespaces, devices, resources"
scenario CFG-VAL-001 wrong_values_3 "a wrong value of a known property is an error: resources, seccomp, paths"

unsupported() {
  # Valid, but impossible on this machine: an error, never ignored.
  if [ ! -e /sys/fs/resctrl/schemata ]; then rejects CFG-VAL-002 '.linux.intelRdt = { closID: "conformance", l3CacheSchema: "L3:0=f" }'; fi
  [ -e /sys/fs/selinux/enforce ] || rejects CFG-VAL-002 '.process.selinuxLabel = "a:b:c:d"'
  rejects CFG-VAL-002 '.linux.resources.hugepageLimits = [{ pageSize: "512GB", limit: 0 }]'
  rejects CFG-VAL-002 '.mounts += [{ destination: "/x", type: "hfsplus-none", source: "x" }]'
}
scenario CFG-VAL-002 unsupported "what the machine does not support is an error"

schemas() {
  accepts SCH-002 'del(.process.user)'
  rejects SCH-002 'del(.process.cwd)'
  rejects SCH-002 'del(.process.args)'
  # The 1.3 schema excludes bits above the permissions; refusing is fine, but not a mode other than the given one.
  base
  edit '.linux.devices = [{ path: "/dev/x", type: "c", major: 1, minor: 3, fileMode: 511 }]'
  program 'test "$(stat -c %a /dev/x)" = 777'
  check SCH-008 run
  rejects SCH-009 '.annotations = { a: 1 }'
  rejects SCH-009 '.linux.sysctl = { a: 1 }'
  rejects SCH-009 '.linux.resources.unified = { a: 1 }'
  rejects SCH-010 '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000 }] | .linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 10 }]'
  rejects SCH-011 '.mounts += [{ type: "tmpfs", source: "x" }]'
  rejects SCH-012 '.linux.namespaces += [{ type: "foo" }]'
  rejects SCH-012 '.linux.namespaces += [{}]'
  rejects SCH-013 '.linux.devices = [{ path: "/dev/x", type: "x", major: 1, minor: 3 }]'
  rejects SCH-013 '.linux.devices = [{ path: "/dev/x", major: 1, minor: 3 }]'
  rejects SCH-013 '.linux.devices = [{ type: "c", major: 1, minor: 3 }]'
}
scenario "SCH-002 $(ids SCH 8 13)" schemas "what the schemas ask of process, annotations, mappings, mounts, namespaces, devices"

linux_schemas() {
  accepts SCH-014 '.linux.resources.pids = {}'
  rejects SCH-015 '.linux.resources.hugepageLimits = [{ pageSize: "64kB", limit: 0 }]'
  rejects SCH-015 '.linux.resources.hugepageLimits = [{ limit: 0 }]'
  rejects SCH-016 '.linux.resources.blockIO = { throttleReadBpsDevice: [{ major: 254, minor: 0 }] }'
  rejects SCH-017 '.linux.resources.devices = [{ allow: true, access: "z" }]'
  rejects SCH-017 '.linux.resources.devices = [{ access: "rwm" }]'
  rejects SCH-018 '.linux.intelRdt = { closID: "conformance", memBwSchema: "X" }'
  accepts SCH-019 '.linux.namespaces += [{ type: "time" }] | .linux.timeOffsets = { boottime: { secs: 100, nanosecs: 5 }, monotonic: { secs: 7 } }'
  rejects SCH-019 '.linux.namespaces += [{ type: "time" }] | .linux.timeOffsets = { boottime: { secs: "100" } }'
  rejects SCH-020 '.linux.memoryPolicy = {}'
  rejects SCH-020 '.linux.memoryPolicy = { mode: "MPOL_NO_SUCH", nodes: "0" }'
  rejects SCH-021 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: [], action: "SCMP_ACT_ERRNO" }] }'
  rejects SCH-021 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"] }] }'
  rejects SCH-021 '.linux.seccomp = { syscalls: [] }'
  rejects SCH-022 '.linux.personality = {}'
  rejects SCH-022 '.linux.personality = { domain: "BSD" }'
  rejects SCH-023 '.linux.rootfsPropagation = "sharedd"'
  accepts SCH-023 '.linux.rootfsPropagation = "unbindable"'
}
scenario "$(ids SCH 14 23)" linux_schemas "what the schemas ask of resources, time, memory policy, seccomp, personality, propagation"

annotations() {
  edit '.annotations = { "org.example.key": "value", "empty": "", "org.opencontainers.unlisted": "x" }'
  program 'sleep 100'
  create
  state >"$scratch/state.json"
  check CFG-ANN-001 holds '.annotations["org.example.key"] == "value"' "$scratch/state.json"
  check CFG-ANN-016 holds '.annotations["org.example.key"] == "value"' "$scratch/state.json"
  check CFG-ANN-015 holds '.annotations["org.opencontainers.unlisted"] == "x"' "$scratch/state.json"
  check CFG-ANN-017 holds '.annotations.empty == ""' "$scratch/state.json"
  check RUN-STATE-009 holds '.annotations["org.example.key"] == "value" and (.annotations | has("empty"))' "$scratch/state.json"
  rt delete --force "$id"
  rejects CFG-ANN-002 '.annotations = []'
  rejects CFG-ANN-002 '.annotations = "x"'
  rejects CFG-ANN-004 '.annotations = { "": "x" }'
  rejects CFG-ANN-017 '.annotations = { a: 1 }'
  rejects CFG-ANN-017 '.annotations = { a: {} }'
}
scenario "CFG-ANN-001 CFG-ANN-002 CFG-ANN-004 CFG-ANN-015 CFG-ANN-016 CFG-ANN-017 RUN-STATE-009" annotations "annotations: strings, kept in the state, unknown ones ignored"

image_annotations() {
  edit '.annotations = { "org.opencontainers.image.os": "linux", "org.opencontainers.image.os.version": "12", "org.opencontainers.image.os.features": "a,b",
    "org.opencontainers.image.architecture": "amd64", "org.opencontainers.image.variant": "v1", "org.opencontainers.image.author": "A <a@b>",
    "org.opencontainers.image.created": "2020-01-01T00:00:00Z", "org.opencontainers.image.stopSignal": "SIGKILL" }'
  program 'trap "exit 0" TERM; touch /ready; while :; do sleep 0.05; done'
  created
  state >"$scratch/state.json"
  local name number=7
  for name in os os.version os.features architecture variant author created stopSignal; do
    check "$(printf 'CFG-ANN-%03d' $number)" equals "$(jq -r ".annotations[\"org.opencontainers.image.$name\"]" "$scratch/state.json")" \
      "$(jq -r ".annotations[\"org.opencontainers.image.$name\"]" "$config")"
    check CFG-ANN-006 holds ".annotations | has(\"org.opencontainers.image.$name\")" "$scratch/state.json"
    number=$((number + 1))
  done
  # The stop signal is for callers: `kill` without a signal still sends TERM.
  eventually exists "$bundle/rootfs/ready"
  rt kill "$id"
  check CFG-ANN-014 eventually is_status stopped
}
scenario "$(ids CFG-ANN 6 14)" image_annotations "annotations of images are kept unchanged"

options_in_use() {
  # OPTIONAL means that the property may be omitted, not that it may be ignored.
  edit '.process.oomScoreAdj = 200 | .process.noNewPrivileges = true | .hostname = "given"'
  program 'test "$(cat /proc/self/oom_score_adj) $(hostname)" = "200 given" && grep -q "^NoNewPrivs:.*1" /proc/self/status'
  run
  base
  edit 'del(.hostname) | del(.process.user) | del(.process.env) | del(.process.capabilities) | del(.root.readonly) | del(.linux.cgroupsPath)'
  run
}
scenario SPEC-003 options_in_use "optional properties can be left out, and are applied when they are there"
