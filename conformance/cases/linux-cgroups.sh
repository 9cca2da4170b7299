# config-linux.md: the place of a container's cgroup, and its owner.

# own_cgroup CONTROLLER: the cgroup of the container's process, in the hierarchy of a v1 controller or on v2.
own_cgroup() { if unified; then sed -n 's/^0:://p' "/proc/$(pid)/cgroup"; else sed -n "s/^[0-9]*:[^:]*\b$1\b[^:]*://p" "/proc/$(pid)/cgroup"; fi; }
cgroup_root() { if unified; then echo /sys/fs/cgroup; else echo "/sys/fs/cgroup/$1"; fi; }

cgroup_places() {
  local root controller=pids
  root=$(cgroup_root $controller)
  absent "$root$cgroup"
  program 'sleep 100'
  create
  check LIN-CG-002 equals "$(own_cgroup $controller)" "$cgroup"
  check LIN-CG-003 equals "$(own_cgroup $controller)" "$cgroup"
  check LIN-CG-007 exists "$root$cgroup"
  check LIN-CG-007 grep -qx "$(pid)" "$root$cgroup/cgroup.procs"
  again
  check LIN-CG-002 gone
  # The same place for a later container.
  local first=$id
  id=$id-second
  program 'sleep 100'
  create
  check LIN-CG-005 equals "$(own_cgroup $controller)" "$cgroup"
  again
  id=$first
  # A relative path is at a place of the runtime's choice, the same one each time.
  local relative=conf-$$-relative-$BASHPID/below place
  edit ".linux.cgroupsPath = \"$relative\""
  program 'sleep 100'
  check LIN-CG-003 create
  place=$(own_cgroup $controller)
  check LIN-CG-003 contains "$place" "${relative##*/}"
  again
  edit ".linux.cgroupsPath = \"$relative\""
  program 'sleep 100'
  create
  check LIN-CG-005 equals "$(own_cgroup $controller)" "$place"
  again
}
scenario "LIN-CG-002 LIN-CG-003 LIN-CG-005 LIN-CG-007" cgroup_places "absolute and relative paths, made where they are absent, the same each time"

cgroup_outside() {
  local name=conf-$$-outside-$BASHPID path place
  for path in "/../../../$name" "../../../../../../../../$name" "/x/../../../$name"; do
    again
    edit ".linux.cgroupsPath = \"$path\""
    program 'sleep 100'
    if create; then
      place=$(own_cgroup pids)
      echo "$path: $place"
      lacks "$place" ..
      exists "$(cgroup_root pids)$place/cgroup.procs"
    fi
    # Nothing outside the hierarchies.
    unified || absent "/sys/fs/cgroup/$name"
    absent "/sys/fs/$name"
    absent "/sys/$name"
    # A runtime that escapes creates plain files there.
    if [ -e "/$name" ]; then
      rt delete --force "$id"
      rm -rf --one-file-system "/${name:?}"
      echo "/$name was made"
      false
    fi
  done
  rt delete --force "$id"
  again
  edit '.linux.cgroupsPath = "/a\u0000b"'
  refused_run
  refused state
}
scenario LIN-CG-006 cgroup_outside "no path leads out of the hierarchies"

unfit_cgroups() {
  local root other
  ground
  again
  root=$(cgroup_root freezer)
  mkdir -p "$root$cgroup"
  # It contains another process.
  sleep 100 & other=$!
  ends $other
  echo $other >"$root$cgroup/cgroup.procs"
  if run; then skip "the runtime does not check the cgroup, which is optional"; fi
  refused state
  kill -0 $other
  kill $other
  eventually eval '[ -z "$(cat "$root$cgroup/cgroup.procs")" ]'
  # A frozen one.
  if unified; then echo 1 >"$root$cgroup/cgroup.freeze"; else echo FROZEN >"$root$cgroup/freezer.state"; fi
  local code=0
  refused_run || code=1
  refused state || code=1
  if unified; then echo 0 >"$root$cgroup/cgroup.freeze"; else echo THAWED >"$root$cgroup/freezer.state"; fi
  return $code
}
scenario LIN-CG-001 unfit_cgroups "a cgroup that is in use or frozen is an error"

user_namespace_of='.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }]
  | .linux.gidMappings = [{ containerID: 0, hostID: 200000, size: 1000 }] | .process.user = { uid: 7, gid: 8 }'
cgroup_mount='.mounts += [{ type: "cgroup", source: "cgroup", destination: "/sys/fs/cgroup", options: ["nosuid", "nodev"] }]'
# cgroup_owner EDIT: sets owners: "FILE UID" for everything in the container's cgroup, "." for the directory.
cgroup_owner() {
  again
  # The container's user can reach its root file system.
  chmod 755 "$scratch" "$bundle"
  mkdir -p "$bundle/rootfs/sys/fs/cgroup"
  edit "$user_namespace_of | $1"
  program 'sleep 100'
  create
  owners=$(cd "$(cgroup_root memory)$cgroup" && stat -c '%n %u' . ./*)
  echo "$owners" | head -n 4
}
owner_is() { equals "$(sed -n "s|^\(\./\)\?$1 ||p" <<<"$owners")" "$2"; }
all_are_roots() { equals "$(grep -v ' 0$' <<<"$owners")" ""; }

cgroup_ownership_v1() {
  unified && skip "the host has cgroup v2"
  cgroup_owner ".linux.namespaces += [{ type: \"cgroup\" }] | $cgroup_mount"
  owner_is . 0
  all_are_roots
}
scenario LIN-CGOWN-001 cgroup_ownership_v1 "on cgroup v1 root keeps the cgroup"

cgroup_ownership() {
  unified || skip "the host has cgroup v1"
  local file with_namespace='.linux.namespaces += [{ type: "cgroup" }]'
  cgroup_owner "$cgroup_mount"
  check LIN-CGOWN-002 all_are_roots
  cgroup_owner "$with_namespace"
  check LIN-CGOWN-004 all_are_roots
  cgroup_owner "$with_namespace | $cgroup_mount | .mounts[-1].options += [\"ro\"]"
  check LIN-CGOWN-003 all_are_roots
  cgroup_owner "$with_namespace | $cgroup_mount"
  check LIN-CGOWN-003 owner_is . 100007
  check LIN-CGOWN-004 owner_is . 100007
  check LIN-CGOWN-002 owner_is . 100007
  check LIN-CGOWN-008 owner_is cgroup.freeze 0
  while read -r file; do
    ! grep -q "^\(\./\)\?$file " <<<"$owners" || check LIN-CGOWN-005 owner_is "$file" 100007
  done </sys/kernel/cgroup/delegate
  for file in $(sed 's|^\./||; s/ .*//' <<<"$owners"); do
    [ "$file" = . ] || grep -qx "$file" /sys/kernel/cgroup/delegate || check LIN-CGOWN-008 owner_is "$file" 0
  done
  check LIN-CGOWN-005 owner_is cgroup.procs 100007
}
scenario "$(ids LIN-CGOWN 2 5) LIN-CGOWN-008" cgroup_ownership "on cgroup v2 the container's user gets the cgroup, when it has one and may write it"

# with_delegate COMMAND: runs create with a /sys/kernel/cgroup that this command changed, in a mount namespace of its own.
with_delegate() {
  again
  chmod 755 "$scratch" "$bundle"
  mkdir -p "$bundle/rootfs/sys/fs/cgroup"
  edit "$user_namespace_of | .linux.namespaces += [{ type: \"cgroup\" }] | $cgroup_mount"
  program 'sleep 100'
  write_config
  unshare --mount --propagation private sh -ec "$1; exec timeout 30 $runtime --root $work/state create --bundle $bundle $id" </dev/null
  owners=$(cd "$(cgroup_root memory)$cgroup" && stat -c '%n %u' . ./*)
}
delegate_lists() {
  unified || skip "the host has cgroup v1"
  printf 'cgroup.procs\nno.such.file\ncgroup.threads\n' >"$scratch/delegate"
  check LIN-CGOWN-006 with_delegate "mount --bind $scratch/delegate /sys/kernel/cgroup/delegate"
  with_delegate "mount --bind $scratch/delegate /sys/kernel/cgroup/delegate"
  check LIN-CGOWN-006 owner_is . 100007
  check LIN-CGOWN-006 owner_is cgroup.threads 100007
  check LIN-CGOWN-006 owner_is cgroup.subtree_control 0
  with_delegate "mount -t tmpfs tmpfs /sys/kernel/cgroup"
  check LIN-CGOWN-007 owner_is . 100007
  check LIN-CGOWN-007 owner_is cgroup.procs 100007
  check LIN-CGOWN-007 owner_is cgroup.threads 100007
  check LIN-CGOWN-007 owner_is cgroup.subtree_control 100007
  check LIN-CGOWN-007 owner_is cgroup.freeze 0
}
scenario "LIN-CGOWN-006 LIN-CGOWN-007" delegate_lists "the kernel's list of delegated files: missing files, and no list"
