#!/bin/sh
# The service commands of an FME Flow component on a machine with systemd. The worker must be allowed to use systemctl.
#
#   engines:
#     start: { command: [/opt/understudy/fme-engines.sh, start, UNIT] }       # likewise stop, status, disable
#
# UNIT is the engines' unit; which one that is, `systemctl list-units` tells. The core's works in the same way.
set -eu
export LC_ALL=C TZ=UTC

action=${1:-} unit=${2:-}
if [ -z "$unit" ]; then
  echo "usage: $0 start|stop|status|disable UNIT" >&2
  exit 2
fi

property() { systemctl show "$unit" --property="$1" | sed -n "s/^$1=//p"; }

status() {
  # A mistyped unit would look stopped, and engines that run would be taken for quiet.
  loaded=$(property LoadState)
  case $loaded in
    loaded | masked) ;;
    *)
      echo "systemd has no unit $unit (${loaded:-no answer})" >&2
      exit 1
      ;;
  esac
  state=$(property ActiveState)
  # On its way up or down it may still work: only what has ended is stopped.
  case $state in
    inactive | failed) running=false ;;
    *) running=true ;;
  esac
  # Whatever is neither of the two (static, generated, …) may be started by something else.
  case $(systemctl is-enabled "$unit" 2>/dev/null || :) in
    disabled | masked) starts=false ;;
    *) starts=true ;;
  esac
  # systemd notes the time once, so it stays the same text: "Sat 2026-11-28 13:36:21 UTC".
  since=$(property ActiveEnterTimestamp | sed -n 's/^[A-Za-z]* *\([0-9-]*\) \([0-9:]*\) UTC$/,"since":"\1T\2Z"/p')
  [ "$running" = true ] || since=
  printf '{"service":"%s","state":"%s","running":%s,"startsWithMachine":%s%s}\n' \
    "$unit" "$state" "$running" "$starts" "$since"
}

case $action in
  start | stop | disable) exec systemctl "$action" "$unit" ;;
  status) status ;;
  *)
    echo "unknown: $action" >&2
    exit 2
    ;;
esac
