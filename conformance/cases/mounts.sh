# config.md "Mounts": what is mounted, where, and in which order.

# tmpfs DESTINATION OPTION...: edits: one more tmpfs. bind DESTINATION SOURCE OPTION...: one more mount without a type.
tmpfs() { add_mount tmpfs tmpfs "$@"; }
bind() { local destination=$1 source=$2; shift 2; add_mount none "$source" "$destination" "$@"; }
add_mount() {
  local type=$1 source=$2 destination=$3 options= option
  shift 3
  for option in "$@"; do options+="\"$option\","; done
  edit ".mounts += [{ type: \"$type\", source: \"$source\", destination: \"$destination\", options: [${options%,}] }]"
}

# list_mounts: runs a container that prints its mounts; mount_of, flags_of and super_of query that output.
list_mounts() { program 'cat /proc/self/mountinfo'; run >"$scratch/mountinfo" || return; cat "$scratch/mountinfo"; }
mount_of() { awk -v at="$1" '$5 == at' "${2:-$scratch/mountinfo}" | tail -n 1; }
flags_of() { mount_of "$@" | cut -d ' ' -f 6; }
super_of() { mount_of "$@" | sed 's/.* - [^ ]* [^ ]* //'; }
propagation_of() { mount_of "$1" | sed 's/ - .*//' | cut -d ' ' -f 7-; }
has_flag() { contains ",$(flags_of "$1")," ",$2,"; }
lacks_flag() { is_mounted "$1"; lacks ",$(flags_of "$1")," ",$2,"; }
has_super() { contains ",$(super_of "$1")," ",$2,"; }
lacks_super() { is_mounted "$1"; lacks ",$(super_of "$1")," ",$2,"; }
is_mounted() { differs "$(mount_of "$1")" ''; }

mounts_are_made() {
  mkdir -p "$bundle/directory"
  echo content >"$bundle/file"
  echo content >"$bundle/directory/inner"
  tmpfs /one
  bind /two "$bundle/directory" bind
  bind /three "$bundle/file" bind
  edit '.mounts += [{ type: "tmpfs", destination: "/four" }]'
  edit '.mounts += [{ type: "sysfs", source: "sysfs", destination: "/sys", options: ["ro"] }, { type: "mqueue", source: "mqueue", destination: "/dev/mqueue" }]'
  edit '.mounts += [{ source: "'"$bundle/directory"'", destination: "/five", options: ["bind"] }]'
  program 'cat /proc/self/mountinfo; cat /two/inner /three /five/inner >/read'
  run >"$scratch/mountinfo"
  cat "$scratch/mountinfo"
  local at
  for at in /one /two /three /four /sys /dev/mqueue /dev/pts /proc; do check CFG-MOUNT-001 is_mounted $at; done
  check CFG-MOUNT-006 equals "$(tr '\n' ' ' <"$bundle/rootfs/read")" "content content content "
  check CFG-MOUNT-006 contains "$(mount_of /four)" " - tmpfs "
  check CFG-MOUNT-014 contains "$(mount_of /proc)" " - proc "
  check CFG-MOUNT-014 contains "$(mount_of /sys)" " - sysfs "
  check CFG-MOUNT-014 contains "$(mount_of /dev/mqueue)" " - mqueue "
  check CFG-MOUNT-014 contains "$(mount_of /dev/pts)" " - devpts "
  check CFG-MOUNT-014 contains "$(mount_of /one)" " - tmpfs "
  check CFG-MOUNT-014 is_mounted /five
  rejects CFG-MOUNT-014 '.mounts += [{ destination: "/tmp", type: "no-such-fs", source: "x" }]'
}
scenario "CFG-MOUNT-001 CFG-MOUNT-006 CFG-MOUNT-014" mounts_are_made "file systems, binds of a directory and a file, missing sources and types"

mounts_in_order() {
  mkdir "$bundle/data"
  echo late >"$bundle/data/which"
  edit '.mounts += [{ destination: "/a", type: "tmpfs", source: "outer" }, { destination: "/a/b", type: "tmpfs", source: "inner" }]'
  edit '.mounts += [{ destination: "/c", type: "tmpfs", source: "hidden" }]'
  bind /c data bind
  # The other way round: the later mount hides the earlier one.
  edit '.mounts += [{ destination: "/d/e", type: "tmpfs", source: "first" }, { destination: "/d", type: "tmpfs", source: "second" }]'
  program 'grep -q "^outer /a " /proc/mounts && grep -q "^inner /a/b " /proc/mounts && test "$(cat /c/which)" = late && test ! -e /d/e'
  run
}
scenario CFG-MOUNT-002 mounts_in_order "mounts are made in the listed order"

mount_destination() {
  mkdir "$bundle/data" "$scratch/outside"
  ln -s "../../../../../../../../..$scratch/outside/escape" "$bundle/rootfs/link"
  ground
  base
  bind /link data bind
  run || true
  check CFG-MOUNT-003 absent "$scratch/outside/escape"
  check CFG-MOUNT-003 equals "$(ls "$scratch/outside")" ''
  rejects CFG-MOUNT-003 '.mounts += [{ type: "tmpfs", source: "tmpfs" }]'
  base
  tmpfs relative
  list_mounts
  check CFG-MOUNT-005 is_mounted /relative
}
scenario "CFG-MOUNT-003 CFG-MOUNT-005" mount_destination "destinations: required, inside the root through links too, relative to /"

bind_sources() {
  mkdir "$bundle/data"
  echo content >"$bundle/data/file"
  bind /data ./data bind
  bind /single data/file bind ro
  program 'test "$(cat /data/file)" = content && test "$(cat /single)" = content && ! echo x 2>/dev/null >/single && echo x >/data/new'
  write_config
  ( cd / && run )
  exists "$bundle/data/new"
}
scenario CFG-MOUNT-007 bind_sources "relative sources of binds belong to the bundle, not to the working directory"

bind_by_option() {
  mkdir "$bundle/data"
  echo content >"$bundle/data/file"
  edit '.mounts += [{ destination: "/a", type: "tmpfs", source: "data", options: ["bind"] }, { destination: "/b", type: "none", source: "data", options: ["rbind"] }]'
  edit '.mounts += [{ destination: "/c", type: "no-such-fs", source: "data", options: ["bind"] }]'
  program 'cat /a/file /b/file /c/file >/dev/null'
  run
}
scenario CFG-MOUNT-008 bind_by_option "the option makes a bind mount, whatever the type is"

file_system_options() {
  tmpfs /a size=1024k mode=700 nr_inodes=77
  list_mounts
  check CFG-MOUNT-009 has_super /a size=1024k
  check CFG-MOUNT-013 has_super /a mode=700
  check CFG-MOUNT-013 has_super /a nr_inodes=77
  # Of two contradicting ones, the last wins in the kernel: the order is preserved.
  base
  tmpfs /a size=1024k size=2048k
  list_mounts
  check CFG-MOUNT-013 has_super /a size=2048k
  rejects CFG-MOUNT-013 '.mounts += [{ destination: "/a", type: "tmpfs", source: "x", options: ["no_such_option=1"] }]'
}
scenario "CFG-MOUNT-009 CFG-MOUNT-013" file_system_options "unknown options go to the file system, in order; it may reject them"
