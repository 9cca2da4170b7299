# config-linux.md: memory policy, masked and read-only paths, mount label, personality.

# policy MEMBERS: the probe's line "mempolicy MODE FLAGS NODES" under this policy.
policy() {
  again
  edit ".linux.memoryPolicy = $1"
  : >"$scratch/probe"
  inspect
  probed mempolicy
}
policy_is() { local said; said=$(policy "$2" | tail -n 1); check "$1" equals "$said" "$3"; }
memory_policy() {
  local now
  inspect
  now=$(probed mempolicy)
  case $now in error*) skip "the kernel has no memory policies" ;; esac
  check LIN-MPOL-001 equals "$now" "0 0 0"
  policy_is LIN-MPOL-001 '{ mode: "MPOL_BIND", nodes: "0" }' "2 0 1"
  policy_is LIN-MPOL-002 '{ mode: "MPOL_DEFAULT" }' "0 0 0"
  policy_is LIN-MPOL-002 '{ mode: "MPOL_PREFERRED", nodes: "0" }' "1 0 1"
  policy_is LIN-MPOL-002 '{ mode: "MPOL_BIND", nodes: "0" }' "2 0 1"
  policy_is LIN-MPOL-002 '{ mode: "MPOL_INTERLEAVE", nodes: "0" }' "3 0 1"
  policy_is LIN-MPOL-002 '{ mode: "MPOL_LOCAL" }' "4 0 0"
  if at_least 5 15; then policy_is LIN-MPOL-002 '{ mode: "MPOL_PREFERRED_MANY", nodes: "0" }' "5 0 1"; fi
  if at_least 6 9; then policy_is LIN-MPOL-002 '{ mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0" }' "6 0 1"; fi
  rejects LIN-MPOL-002 '.linux.memoryPolicy = { mode: "MPOL_NO_SUCH", nodes: "0" }'
  rejects LIN-MPOL-002 '.linux.memoryPolicy = { mode: "", nodes: "0" }'
  rejects LIN-MPOL-002 '.linux.memoryPolicy = { nodes: "0" }'
  policy_is LIN-MPOL-003 '{ mode: "MPOL_BIND", nodes: "0" }' "2 0 1"
  policy_is LIN-MPOL-003 '{ mode: "MPOL_LOCAL" }' "4 0 0"
  rejects LIN-MPOL-003 '.linux.memoryPolicy = { mode: "MPOL_BIND" }'
  rejects LIN-MPOL-003 '.linux.memoryPolicy = { mode: "MPOL_DEFAULT", nodes: "0" }'
  rejects LIN-MPOL-003 '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "a" }'
  rejects LIN-MPOL-003 '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "1000" }'
  policy_is LIN-MPOL-004 '{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] }' "2 8000 1"
  policy_is LIN-MPOL-004 '{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"] }' "2 4000 1"
  if at_least 5 12; then
    accepts LIN-MPOL-004 '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"] }'
  fi
  rejects LIN-MPOL-004 '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"] }'
  rejects LIN-MPOL-004 '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NO_SUCH"] }'
}
# at_least MAJOR MINOR: the kernel's version.
at_least() { [ "$(printf '%s\n' "$1.$2" "$(uname -r | cut -d - -f 1)" | sort -V | head -n 1)" = "$1.$2" ]; }
scenario "$(ids LIN-MPOL 1 4)" memory_policy "the memory policy: modes, nodes and flags"

paths_are_absolute() {
  mkdir "$bundle/rootfs/hidden"
  echo secret >"$bundle/rootfs/hidden/file"
  edit '.linux.maskedPaths = ["/hidden"] | .linux.readonlyPaths = ["/bin"]'
  program 'test -z "$(ls /hidden)" && ! touch /bin/new 2>/dev/null && touch /tmp/new'
  check LIN-MASK-002 run
  check LIN-RO-002 run
  rejects LIN-MASK-002 '.linux.maskedPaths = ["hidden"]'
  rejects LIN-MASK-002 '.linux.maskedPaths = ["/proc/keys", "./hidden"]'
  rejects LIN-RO-002 '.linux.readonlyPaths = ["bin"]'
  rejects LIN-RO-002 '.linux.readonlyPaths = ["/proc/sys", "../bin"]'
  # A link in the root file system is resolved inside it, if it is followed at all.
  again
  mkdir -p "$scratch/outside" "$bundle/rootfs$scratch/outside"
  echo inner >"$bundle/rootfs$scratch/outside/file"
  mkdir "$bundle/rootfs$scratch/kept"
  ln -s "$scratch/outside" "$bundle/rootfs/masked-link"
  ln -s "$scratch/kept" "$bundle/rootfs/readonly-link"
  edit '.linux.maskedPaths = ["/masked-link"] | .linux.readonlyPaths = ["/readonly-link"]'
  program "ls $scratch/outside; touch $scratch/kept/new 2>/dev/null && echo written"
  if run >"$scratch/said"; then echo "it ran"; fi
  check LIN-MASK-002 lacks "$(cat "$scratch/said")" file
  check LIN-RO-002 lacks "$(cat "$scratch/said")" written
}
scenario "LIN-MASK-002 LIN-RO-002" paths_are_absolute "masked and read-only paths are absolute, and in the container"

mount_label() {
  [ -e /sys/fs/selinux/enforce ] || skip "the kernel has no SELinux"
  edit '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'
  program 'cat /proc/self/mountinfo'
  run >"$scratch/mountinfo"
  mount_of /dev | grep -q 'context="\?system_u:object_r:container_file_t:s0:c1,c2'
}
scenario LIN-LABEL-001 mount_label "the SELinux label of the container's mounts"

execution_domain() {
  edit '.linux.personality = { domain: "LINUX" }'
  check LIN-PERS-002 says 'cat /proc/self/personality' 00000000
  again
  edit '.linux.personality = { domain: "LINUX32" }'
  check LIN-PERS-002 says 'cat /proc/self/personality; case $(busybox uname -m) in i686 | armv8l | armv7l | ppc | s390 | riscv32) echo 32 bits ;; esac' "00000008 32 bits"
  again
  edit '.linux.personality = { domain: "LINUX32", flags: [] }'
  check LIN-PERS-003 says 'cat /proc/self/personality' 00000008
  rejects LIN-PERS-002 '.linux.personality = { domain: "SOLARIS" }'
  rejects LIN-PERS-002 '.linux.personality = { domain: "" }'
  rejects LIN-PERS-002 '.linux.personality = {}'
  rejects LIN-PERS-003 '.linux.personality = { domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"] }'
}
scenario "LIN-PERS-002 LIN-PERS-003" execution_domain "the execution domain and its flags (none are defined)"

# root_is EDIT TAG: the optional fields of the root's mount (proc_pid_mountinfo(5)) contain this tag, or none of the tags if it is empty.
root_is() {
  again
  edit ".linux.rootfsPropagation = \"$1\""
  program 'cat /proc/self/mountinfo >/tmp/mountinfo'
  run
  local fields
  fields=$(awk '$5 == "/" { for (i = 7; $i != "-"; i++) print $i }' "$bundle/rootfs/tmp/mountinfo" | sed 's/:.*//')
  echo "$1: $fields"
  equals "$fields" "$2"
}
root_propagation() {
  root_is private ""
  root_is unbindable unbindable
  root_is shared shared
  refused_with '.linux.rootfsPropagation = "no-such"'
}
scenario LIN-PROP-001 root_propagation "propagation of the root: each of the values, no other"
