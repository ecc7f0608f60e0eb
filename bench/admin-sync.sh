#!/usr/bin/env bash
# What a careful administrator writes to keep a standby FME Flow fresh: back up, copy to the other site's vault, read it
# again there, compare, restore, forget old ones. It stops at the first thing that is not right.
#
#   FLOW_A FLOW_B      addresses of the two installations     FLOW_TOKEN       an administrator's token, valid at both
#   VAULT_A VAULT_B    restic repositories of the two sites   VAULT_A_FROM_B   how B reads A's
#   RESTIC_PASSWORD    of both                                WORK             a folder for the package
#
# The two repositories are made once:
#   restic -r "$VAULT_A" init
#   RESTIC_FROM_REPOSITORY=$VAULT_A RESTIC_FROM_PASSWORD=$RESTIC_PASSWORD restic -r "$VAULT_B" init --copy-chunker-params
set -euo pipefail
cd "$WORK"
restic=${RESTIC:-restic}
export RESTIC_FROM_PASSWORD=$RESTIC_PASSWORD

# How long each step took, one line each: name, milliseconds.
begun=$(date +%s%3N)
step() {
  local now
  now=$(date +%s%3N)
  echo "$1 $((now - begun))"
  begun=$now
}
flow() { curl -fsS -H "Authorization: fmetoken token=$FLOW_TOKEN" "$@"; }

# At A: the package as a file, so that nothing is stored of a download that broke.
flow -H 'Accept: application/octet-stream' --data-urlencode "exportPackageName=package.fsconfig" \
  "$FLOW_A/fmerest/v3/migration/backup/download" -o package.fsconfig
step download
sum=$(sha256sum <package.fsconfig)
step sum
snapshot=$("$restic" -r "$VAULT_A" backup --json --host=a --tag=flow --stdin --stdin-filename=package.fsconfig \
  <package.fsconfig | sed -n 's/.*"message_type":"summary".*"snapshot_id":"\([0-9a-f]*\)".*/\1/p')
[[ -n $snapshot ]]
step backup

# At B: pulled, so that a broken A cannot touch what B has.
copied=$(RESTIC_FROM_REPOSITORY=$VAULT_A_FROM_B "$restic" -r "$VAULT_B" copy --no-lock "$snapshot" |
  sed -n 's/^ *snapshot \([0-9a-f]*\) saved.*/\1/p')
[[ -n $copied ]]
step copy
"$restic" -r "$VAULT_B" check >/dev/null
step check
"$restic" -r "$VAULT_B" dump "$copied" /package.fsconfig >restore.fsconfig
step dump
[[ $(sha256sum <restore.fsconfig) == "$sum" ]]
step compare
task=$(flow -X POST -T restore.fsconfig -H 'Content-Type: application/octet-stream' \
  "$FLOW_B/fmerest/v3/migration/restore/upload?importMode=UPDATE&projectsImportMode=UPDATE&pauseNotifications=true" |
  sed 's/[^0-9]//g')
flow "$FLOW_B/fmerest/v3/migration/tasks/id/$task" | grep -q '"status":"SUCCESS"'
step restore

"$restic" -r "$VAULT_A" forget --tag=flow --keep-last=10 >/dev/null
"$restic" -r "$VAULT_B" forget --tag=flow --keep-last=10 >/dev/null
step forget
