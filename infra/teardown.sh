#!/usr/bin/env bash
# Takes a deployment away: says first what goes and what an immutability policy keeps, then asks.
# Safe to run again. docs/deploy.md has the same by hand.
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=infra/lib.sh
. "$HERE/lib.sh"

ENVIRONMENT='' GROUP=''

usage() {
  cat <<'TEXT'
Usage: infra/teardown.sh --environment NAME [--resource-group NAME] [--yes]

  --environment NAME     the name that infra/deploy.sh was given
  --resource-group NAME  only where main.bicep is deployed to a resource group
  --yes                  ask nothing
TEXT
}

options() {
  while [ "$#" -gt 0 ]; do
    case "$1" in
      --yes) YES=1 ;;
      --help) usage && exit 0 ;;
      --environment | --resource-group)
        [ "$#" -gt 1 ] || die "$1 needs a value"
        if [ "$1" = --environment ]; then ENVIRONMENT="$2"; else GROUP="$2"; fi
        shift
        ;;
      *) die "unknown option: $1 (--help lists them)" ;;
    esac
    shift
  done
  [ -n "$ENVIRONMENT" ] || die "--environment is missing (--help lists the options)"
}

outputs() {
  local where=() found
  [ "$SCOPE" = sub ] || where=(--resource-group "$GROUP")
  run "reading what was deployed" az deployment "$SCOPE" show --name "dsr-$ENVIRONMENT" \
    "${where[@]+"${where[@]}"}" --query properties.outputs --output json
  cp "$WORK/out" "$WORK/outputs"
  found="$(member "$WORK/outputs" resourceGroupName dataStorageAccountName keyVaultName)" ||
    die "the deployment's outputs are not what this script reads"
  { read -r GROUP && read -r ACCOUNT && read -r VAULT; } <<<"$found"
}

# What keeps the evidence: prints locked, unlocked or none, and the days. A legal hold keeps as a
# locked policy does.
policy() {
  local url="/subscriptions/$SUBSCRIPTION/resourceGroups/$GROUP/providers/Microsoft.Storage/storageAccounts/$ACCOUNT/blobServices/default/containers/dsr-evidence?api-version=2023-05-01"
  if ! az rest --method get --url "$url" --output json >"$WORK/container" 2>"$WORK/err"; then
    if grep -Eq 'ResourceNotFound|ContainerNotFound' "$WORK/err"; then
      KEPT=none DAYS=0
      return
    fi
    cat "$WORK/err" >&2
    die "can't tell whether an immutability policy keeps the evidence; see above. Nothing was deleted."
  fi
  read -r KEPT DAYS < <(python3 - "$WORK/container" <<'PYTHON'
import json
import pathlib
import sys

found = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8")).get("properties") or {}
policy = (found.get("immutabilityPolicy") or {}).get("properties") or {}
days = policy.get("immutabilityPeriodSinceCreationInDays") or 0
state = str(policy.get("state") or "none").lower() if days else "none"
print("hold" if found.get("hasLegalHold") else state, days)
PYTHON
  ) || die "can't read what az said of container dsr-evidence. Nothing was deleted."
}

explain() {
  say ''
  say "Everything in resource group $GROUP will be deleted:"
  run "listing the resources" az resource list --resource-group "$GROUP" \
    --query '[].{type: type, name: name}' --output table
  cat "$WORK/out"
  say ''
  case "$KEPT" in
    locked) say "The evidence (audit trails, certificates) is under a LOCKED immutability policy of $DAYS days." ;;
    hold) say "The evidence (audit trails, certificates) is under a LEGAL HOLD of the storage account." ;;
    unlocked)
      say "The evidence (audit trails, certificates) is under an immutability policy of $DAYS days that is not"
      say "locked. It does not keep the storage account: THE EVIDENCE IS DELETED. Copy it first if you need it."
      ;;
    *) say "No immutability policy keeps the evidence (audit trails, certificates): IT IS DELETED. Copy it first." ;;
  esac
  if kept; then
    say "Nobody can delete it before its time, and with it storage account $ACCOUNT and the group stay."
    say "Requests and packages, which hold personal data, lie in the same account: they are deleted first."
  fi
  say "Requests under way end, and their packages are lost. Nothing is changed in the workspaces."
}

kept() { [ "$KEPT" = locked ] || [ "$KEPT" = hold ]; }

# Roles that the app's identities have outside the group would outlive them as entries of nobody.
roles() {
  local name client id ids=()
  for name in runIdentityClientId deleteIdentityClientId; do
    client="$(member "$WORK/outputs" "$name" 2>/dev/null)" || continue
    if ! az role assignment list --assignee "$client" --all --query '[].[id, scope]' --output tsv \
      >"$WORK/out" 2>"$WORK/err"; then
      if grep -q 'Cannot find user or service principal' "$WORK/err"; then
        say "  $name is gone already; roles that it had show as 'Identity not found' in the portal"
        continue
      fi
      cat "$WORK/err" >&2
      die "listing the roles of $name failed; see above. Nothing was deleted yet."
    fi
    while IFS=$'\t' read -r id scope; do
      case "$(printf '%s/' "$scope" | tr '[:upper:]' '[:lower:]')" in
        '/') ;;
        */resourcegroups/"$(printf %s "$GROUP" | tr '[:upper:]' '[:lower:]')"/*) ;;
        *) ids+=("$id") ;;
      esac
    done <"$WORK/out"
  done
  [ "${#ids[@]}" -gt 0 ] || return 0
  say "Deleting ${#ids[@]} role assignments outside the group ..."
  run "deleting the role assignments" az role assignment delete --ids "${ids[@]}" --output none
}

personal_data() {
  local container
  for container in dsr-ledger dsr-exports; do
    say "Deleting container $container ..."
    run "deleting container $container" az storage container-rm delete \
      --storage-account "$ACCOUNT" --name "$container" --yes --output none
  done
}

group() {
  say "Deleting resource group $GROUP (takes some minutes) ..."
  if az group delete --name "$GROUP" --yes --output none 2>"$WORK/err"; then
    return
  fi
  if ! kept; then
    cat "$WORK/err" >&2
    die "deleting the resource group failed; see above. Once the cause is gone, run this again: it continues."
  fi
  say "As announced, not all of it could be deleted. What is still there:"
  run "listing the resources" az resource list --resource-group "$GROUP" \
    --query '[].{type: type, name: name}' --output table
  cat "$WORK/out"
}

rest() {
  say ''
  say "What stays:"
  if kept; then
    say "- storage account $ACCOUNT with the evidence, and resource group $GROUP around it. Once the policy"
    say "  lets go, run this again."
  fi
  say "- Key Vault $VAULT, soft-deleted: its name is taken and its keys are there until its retention is over."
  say "  az keyvault recover --name $VAULT   brings it back; deploying this environment again needs that first."
  say "  az keyvault purge --name $VAULT     ends it at once, where purge protection does not forbid that."
  say "- the hash key in it: without it, references in evidence that you copied lead nowhere."
  say "- a Log Analytics workspace, which Azure keeps recoverable for a while; docs/deploy.md has more."
}

options "$@"
workplace
need az python3
SCOPE="$(scope_of "$HERE/main.bicep")"
scope_fits "$SCOPE" "$GROUP"
signed_in
outputs
run "looking for the resource group" az group exists --name "$GROUP"
if [ "$(tr -d '[:space:]' <"$WORK/out")" != true ]; then
  say "Resource group $GROUP is gone already."
  KEPT=none
  rest
  exit 0
fi
policy
explain
ask "Type the resource group's name to delete it:" "$GROUP"
roles
if kept; then personal_data; fi
group
rest
