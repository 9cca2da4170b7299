# bash completion for lade(8)
_lade() {
  local cur prev command= option root=() i word
  cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()

  # The command is the first word that is neither a global option nor the value of one.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --root) root=(--root "${COMP_WORDS[i + 1]}"); ((i++)) ;;
      --log|--log-format|--log-level|--cgroup-manager|--rootless) ((i++)) ;;
      -*) ;;
      *) command=$word; break ;;
    esac
  done

  case $prev in
    --resources) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --root|--bundle|-b) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --log|--config|--process|--pid-file|--console-socket|--pidfd-socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --log-format) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warning error' -- "$cur"); return ;;
    --cgroup-manager) mapfile -t COMPREPLY < <(compgen -W 'cgroupfs systemd disabled' -- "$cur"); return ;;
    --rootless) mapfile -t COMPREPLY < <(compgen -W 'true false auto' -- "$cur"); return ;;
    --preserve-fds|--cwd|--env|--user|--additional-gids|--cap|--process-label|--apparmor|--cgroup) return ;;
  esac
  case $command:$prev in
    create:-f|run:-f|plan:-f) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    plan:--format|info:--format|info:-f) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
    list:--format|list:-f|ps:--format|ps:-f) mapfile -t COMPREPLY < <(compgen -W 'table json' -- "$cur"); return ;;
  esac

  local creating='--bundle --config --console-socket --pidfd-socket --pid-file --no-pivot --no-new-keyring --preserve-fds'
  local options
  case $command in
    '') options='--debug --log --log-format --log-level --root --systemd-cgroup --cgroup-manager --rootless --version' ;;
    create) options=$creating ;;
    run) options="$creating --detach --keep --no-subreaper" ;;
    delete) options='--force --regex' ;;
    kill) options=--regex ;;
    exec) options='--process --cwd --env --tty --user --additional-gids --cap --no-new-privs --process-label --apparmor --detach --pid-file --console-socket --pidfd-socket --preserve-fds --cgroup --ignore-paused' ;;
    list) options='--format --quiet' ;;
    ps) options=--format ;;
    events) options='--interval --stats' ;;
    update)
      options='--resources --memory --memory-swap --memory-reservation --pids-limit --blkio-weight --l3-cache-schema --mem-bw-schema'
      options+=' --cpu-share --cpu-quota --cpu-period --cpu-burst --cpu-idle --cpu-rt-runtime --cpu-rt-period --cpuset-cpus --cpuset-mems' ;;
    info) options=--format ;;
    spec) options='--bundle --rootless' ;;
    plan) options='--bundle --config --format --no-pivot --no-new-keyring' ;;
    *) options= ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
    return
  fi
  case $command in
    '') mapfile -t COMPREPLY < <(compgen -W 'create delete events exec features info kill list mounts pause plan ps resume run spec start state update' -- "$cur") ;;
    mounts)
      case $((COMP_CWORD - i)) in
        1) mapfile -t COMPREPLY < <(compgen -W 'add remove' -- "$cur") ;;
        2) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "${root[@]}" list --quiet 2>/dev/null)" -- "$cur") ;;
        3) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
      esac ;;
    start|state|delete|exec|kill|ps|events|pause|resume|update)
      if [[ $command == kill && $prev != kill && $prev != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'TERM KILL INT HUP QUIT USR1 USR2 STOP CONT' -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "${root[@]}" list --quiet 2>/dev/null)" -- "$cur")
      fi ;;
  esac
}
complete -F _lade lade
