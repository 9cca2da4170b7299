# config-linux.md: devices, the default ones, and access to them (linux.resources.devices).

device_types() {
  edit '.linux.devices = [{ path: "/dev/char", type: "c", major: 1, minor: 5 }, { path: "/dev/block", type: "b", major: 7, minor: 3 },
    { path: "/dev/unbuffered", type: "u", major: 1, minor: 7 }, { path: "/dev/pipe", type: "p" }, { path: "/opt/devices/deep", type: "c", major: 1, minor: 3 }]'
  program 'cd /dev && stat -c "%n %F %t:%T" char block pipe /opt/devices/deep; stat -c "%n %F %t:%T" unbuffered'
  check LIN-DEV-002 run >"$scratch/said"
  cat "$scratch/said"
  check LIN-DEV-002 grep -q '^char character special file 1:5$' "$scratch/said"
  check LIN-DEV-002 grep -q '^block block special file 7:3$' "$scratch/said"
  check LIN-DEV-002 grep -q '^unbuffered character special file 1:7$' "$scratch/said"
  check LIN-DEV-002 grep -q '^pipe fifo' "$scratch/said"
  check LIN-DEV-003 grep -q '^/opt/devices/deep character special file 1:3$' "$scratch/said"
  check LIN-DEV-005 grep -q '^pipe fifo' "$scratch/said"
  rejects LIN-DEV-002 '.linux.devices = [{ path: "/dev/x", type: "x", major: 1, minor: 3 }]'
  rejects LIN-DEV-002 '.linux.devices = [{ path: "/dev/x", type: "", major: 1, minor: 3 }]'
  rejects LIN-DEV-002 '.linux.devices = [{ path: "/dev/x", major: 1, minor: 3 }]'
  rejects LIN-DEV-003 '.linux.devices = [{ path: "", type: "c", major: 1, minor: 3 }]'
  rejects LIN-DEV-003 '.linux.devices = [{ type: "c", major: 1, minor: 3 }]'
  rejects LIN-DEV-005 '.linux.devices = [{ path: "/dev/x", type: "c" }]'
  rejects LIN-DEV-005 '.linux.devices = [{ path: "/dev/x", type: "b", major: 7 }]'
}
scenario "LIN-DEV-002 LIN-DEV-003 LIN-DEV-005" device_types "types of devices, at any path; numbers for all but pipes"

device_in_the_way() {
  # /dev is the root file system's own, so that a file can exist there beforehand.
  local own='.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.devices = [{ path: "/dev/own", type: "c", major: 1, minor: 5 }]'
  echo mine >"$bundle/rootfs/dev/own"
  rejects LIN-DEV-004 "$own"
  check LIN-DEV-004 equals "$(cat "$bundle/rootfs/dev/own")" mine
  rm "$bundle/rootfs/dev/own"
  mknod "$bundle/rootfs/dev/own" c 1 5
  again
  edit "$own"
  program 'test "$(stat -c %t:%T /dev/own)" = 1:5'
  check LIN-DEV-004 run
}
scenario LIN-DEV-004 device_in_the_way "another file at the path of a device is an error, the same device is not"

device_owners() {
  edit '.linux.devices = [{ path: "/dev/a", type: "c", major: 1, minor: 3, fileMode: 438 }, { path: "/dev/b", type: "c", major: 1, minor: 5, fileMode: 384, uid: 11, gid: 12 },
    { path: "/dev/c", type: "p", fileMode: 511, uid: 13 }, { path: "/dev/d", type: "c", major: 1, minor: 7, fileMode: 256, gid: 14 }]'
  program 'stat -c "%n %a %u %g" /dev/a /dev/b /dev/c /dev/d'
  write_config
  ( umask 077; run ) >"$scratch/said"
  cat "$scratch/said"
  device_is() { equals "$(sed -n "s|^/dev/$1 ||p" "$scratch/said" | cut -d ' ' -f "$2")" "$3"; }
  check LIN-DEV-006 device_is a 1 666
  check LIN-DEV-006 device_is b 1 600
  check LIN-DEV-006 device_is c 1 777
  check LIN-DEV-006 device_is d 1 400
  check LIN-DEV-007 device_is a 2 0
  check LIN-DEV-007 device_is b 2 11
  check LIN-DEV-007 device_is c 2 13
  check LIN-DEV-008 device_is a 3 0
  check LIN-DEV-008 device_is b 3 12
  check LIN-DEV-008 device_is d 3 14
}
scenario "$(ids LIN-DEV 6 8)" device_owners "mode, owner and group of a device, whatever the caller's umask"

device_twice() {
  ground
  again
  edit '.linux.devices = [{ path: "/dev/a", type: "c", major: 1, minor: 5 }, { path: "/dev/b", type: "c", major: 1, minor: 5 }]'
  program 'stat -c %t:%T /dev/a /dev/b'
  # The statement is about configurations; a runtime may refuse, but not create half of them.
  if run >"$scratch/said"; then equals "$(tr '\n' ' ' <"$scratch/said")" "1:5 1:5 "; else gone; fi
}
scenario LIN-DEV-009 device_twice "one device at two paths: both, or an error"

with_mknod='.process.capabilities[] |= . + ["CAP_MKNOD", "CAP_SYSLOG"]'
only_listed_devices() {
  edit "$with_mknod"
  # Opening the kernel's log for writing needs no privilege of its own.
  program 'mknod /log c 1 11 || exit 3
    for device in null zero full random urandom tty ptmx; do ( : >>/dev/$device ) 2>/tmp/error || grep -q "No such device or address" /tmp/error || { echo $device; cat /tmp/error; }; done
    ( : >>/log ) 2>/tmp/error && echo log; cat /tmp/error'
  run >"$scratch/said"
  cat "$scratch/said"
  grep -qi 'not permitted' "$scratch/said"
  equals "$(grep -v '/log' "$scratch/said")" ''
}
scenario LIN-DEV-010 only_listed_devices "without rules only the default devices can be opened"

console() {
  edit '.process.terminal = true'
  program 'stat -c %t /dev/console; grep -c " /dev/console " /proc/self/mountinfo; tty; stat -c %T /dev/console /proc/self/fd/0 -L'
  write_config
  timeout 20 "$work/rootfs/bin/receive-terminal" "$scratch/socket" >"$scratch/terminal" & local receiver=$!
  eventually exists "$scratch/socket"
  rt create --bundle "$bundle" --console-socket "$scratch/socket" "$id" </dev/null
  start
  wait $receiver
  tr -d '\r' <"$scratch/terminal" >"$scratch/said"
  cat "$scratch/said"
  equals "$(sed -n 1p "$scratch/said")" 88
  equals "$(sed -n 2p "$scratch/said")" 1
  equals "$(sed -n 4p "$scratch/said")" "$(sed -n 5p "$scratch/said")"
  again
  program 'test ! -e /dev/console'
  run
}
scenario LIN-DEV-012 console "/dev/console is the terminal, and only there with one"

# ptmx_works: opening it makes the first terminal of the container's own devpts.
ptmx='{ readlink /dev/ptmx || grep -q " /dev/ptmx " /proc/self/mountinfo; } && exec 3<>/dev/ptmx && ls /dev/pts'
pseudo_terminals() {
  program "$ptmx"
  contains " $(run | tr '\n' ' ')" " 0 "
  again
  mknod "$bundle/rootfs/dev/ptmx" c 5 2
  chmod 666 "$bundle/rootfs/dev/ptmx"
  mkdir -p "$bundle/rootfs/dev/pts"
  edit '.mounts |= map(select(.destination != "/dev"))'
  program "$ptmx"
  contains " $(run | tr '\n' ' ')" " 0 "
}
scenario LIN-DEV-013 pseudo_terminals "/dev/ptmx is the one of the container's devpts, whatever stood there"

# can_use ID RULES LETTERS: with these rules the kernel's log can be opened for reading (r) and writing (w).
can_use() {
  local statement=$1 letters=$3
  again
  edit "$with_mknod | .linux.resources.devices = $2"
  program 'mknod /tmp/log c 1 11 && { ( : </tmp/log ) 2>/dev/null && printf r; ( : >>/tmp/log ) 2>/dev/null && printf w; rm /tmp/log; }'
  check "$statement" run >"$scratch/said"
  echo "$2: $(cat "$scratch/said")"
  check "$statement" equals "$(cat "$scratch/said")" "$letters"
}
device_rules() {
  local none='{ allow: false, access: "rwm" }' log='type: "c", major: 1, minor: 11'
  can_use LIN-DEVCG-001 "[$none]" ""
  can_use LIN-DEVCG-001 "[$none, { allow: true, $log, access: \"rwm\" }]" rw
  can_use LIN-DEVCG-001 '[]' ""
  can_use LIN-DEVCG-002 "[{ allow: true, $log, access: \"rwm\" }, $none]" ""
  can_use LIN-DEVCG-002 "[$none, { allow: true, $log, access: \"rwm\" }, { allow: false, $log, access: \"w\" }]" r
  can_use LIN-DEVCG-002 "[{ allow: true, access: \"rwm\" }, { allow: false, $log, access: \"r\" }]" w
  rejects LIN-DEVCG-003 ".linux.resources.devices = [{ $log, access: \"rwm\" }]"
  can_use LIN-DEVCG-004 "[$none, { allow: true, access: \"rwm\" }]" rw
  can_use LIN-DEVCG-004 "[$none, { allow: true, type: \"a\", access: \"rwm\" }]" rw
  can_use LIN-DEVCG-004 "[$none, { allow: true, type: \"b\", major: 1, minor: 11, access: \"rwm\" }]" ""
  rejects LIN-DEVCG-004 '.linux.resources.devices = [{ allow: true, type: "x", access: "rwm" }]'
  can_use LIN-DEVCG-005 "[$none, { allow: true, type: \"c\", major: 1, access: \"rw\" }]" rw
  can_use LIN-DEVCG-005 "[$none, { allow: true, type: \"c\", minor: 11, access: \"rw\" }]" rw
  can_use LIN-DEVCG-005 "[$none, { allow: true, type: \"c\", major: 2, access: \"rw\" }]" ""
  can_use LIN-DEVCG-006 "[$none, { allow: true, $log, access: \"r\" }]" r
  can_use LIN-DEVCG-006 "[$none, { allow: true, $log, access: \"w\" }]" w
  can_use LIN-DEVCG-006 "[$none, { allow: true, $log, access: \"m\" }]" ""
  rejects LIN-DEVCG-006 ".linux.resources.devices = [{ allow: true, $log, access: \"z\" }]"
}
scenario "$(ids LIN-DEVCG 1 6)" device_rules "rules for devices: in their order, by type, numbers and access"
