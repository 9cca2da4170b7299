# bundle.md, glossary.md and the head of config.md: the file, its version, the root file system.

config_file() {
  ground
  rm "$config"
  check BUN-001 refused create
  check BUN-001 gone
  base
  mv "$config" "$bundle/Config.json"
  check BUN-001 refused create
  check BUN-001 gone
}
scenario BUN-001 config_file "the configuration is config.json, at the top of the bundle"

bundle_directory() {
  check BUN-002 refused rt create --bundle "$scratch/nowhere" "$id"
  check BUN-002 gone
  # The bundle directory has both; an absolute path may lead elsewhere.
  mv "$bundle/rootfs" "$scratch/elsewhere"
  edit ".root.path = \"$scratch/elsewhere\""
  check BUN-002 run
}
scenario BUN-002 bundle_directory "a missing bundle is an error"

encoding() {
  edit '.process.env += ["TEXT=zażółć 日本 \u00e9"] | .process.args = ["/bin/sh", "-c", "echo \"$TEXT\" >/text && exit 42"]'
  check GLO-001 run
  check GLO-001 equals "$(cat "$bundle/rootfs/text")" "zażółć 日本 é"
  base
  printf '%s' "$(sed 's|"/bin/done"|"/bin/echo", "a\x80\xffb"|' "$config")" >"$bundle/broken"
  mv "$bundle/broken" "$config"
  check GLO-001 refused rt run --bundle "$bundle" "$id"
}
scenario GLO-001 encoding "the configuration is UTF-8"

repeated_key() {
  ground
  base
  sed -i 's|^{|{ "process": { "cwd": "/", "args": ["/bin/false"] },|' "$config"
  local code=0
  rt run --bundle "$bundle" "$id" </dev/null || code=$?
  # Refused, or one of the two applies; never a crash.
  contains " 0 1 42 255 " " $code "
}
scenario GLO-002 repeated_key "a repeated key does not crash the runtime"

version() {
  local version
  for version in 1.0.0 1.0.1 1.0.2 1.0.2-dev 1.1.0; do accepts CFG-VER-002 ".ociVersion = \"$version\""; done
  rejects CFG-VER-002 '.ociVersion = "2.0.0"'
  accepts CFG-VER-001 '.ociVersion = "1.0.2-dev"'
  rejects CFG-VER-001 'del(.ociVersion)'
  rejects CFG-VER-001 '.ociVersion = ""'
  rejects CFG-VER-001 '.ociVersion = "abc"'
  rejects SCH-001 'del(.ociVersion)'
}
scenario "CFG-VER-001 CFG-VER-002 SCH-001" version "ociVersion: required, a version of the same major number"

root() {
  rejects CFG-ROOT-001 'del(.root)'
  rejects CFG-ROOT-002 'del(.root.path)'
  rejects CFG-ROOT-002 '.root.path = ""'
  accepts CFG-ROOT-002 ".root.path = \"$bundle/rootfs\""
  rejects CFG-ROOT-004 '.root.path = "nowhere"'
  touch "$bundle/file"
  rejects CFG-ROOT-004 '.root.path = "file"'
  base
  check CFG-ROOT-002 run_from /
}
run_from() ( cd "$1" && run )
scenario "CFG-ROOT-001 CFG-ROOT-002 CFG-ROOT-004" root "the root: required, a directory, relative to the bundle"

root_readonly() {
  edit '.root.readonly = true | .mounts += [{ destination: "/tmp", type: "tmpfs", source: "tmpfs" }]'
  program 'touch /x 2>/dev/null && exit 3; touch /dev/x && touch /tmp/x'
  run
  absent "$bundle/rootfs/x"
  base
  program 'touch /x'
  run
  exists "$bundle/rootfs/x"
}
scenario CFG-ROOT-005 root_readonly "root.readonly makes the root, and only the root, read-only"

generated() {
  mkdir "$scratch/generated"
  ( cd "$scratch/generated" && rt spec )
  check CFG-ROOT-003 equals "$(jq -r .root.path "$scratch/generated/config.json")" rootfs
  check CFG-MOUNT-004 equals "$(jq '[.mounts[].destination | select(startswith("/") | not)] | length' "$scratch/generated/config.json")" 0
  # The runtime must run the configuration that it proposes.
  cp "$scratch/generated/config.json" "$config"
  edit ".process.terminal = false | .process.args = [\"/bin/done\"] | .linux.cgroupsPath = \"$cgroup\" | .root.readonly = true"
  check CFG-ROOT-003 run
}
scenario "CFG-ROOT-003 CFG-MOUNT-004" generated "the generated configuration: rootfs, absolute destinations; it runs"
