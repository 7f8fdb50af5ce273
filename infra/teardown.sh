#!/usr/bin/env bash
# Takes a deployment away: says first what goes and what an immutability policy keeps, then asks.
# Safe to run again. docs/deploy.md has the same by hand.
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=infra/lib.sh
. "$HERE/lib.sh"

ENVIRONMENT="${AZURE_ENV_NAME:-}"

usage() {
  cat <<'TEXT'
Usage: infra/teardown.sh --environment NAME [--yes]

  --environment NAME   the name that infra/deploy.sh was given
  --yes                ask nothing
TEXT
}

options() {
  while [ "$#" -gt 0 ]; do
    case "$1" in
      --yes) YES=1 ;;
      --help) usage && exit 0 ;;
      --environment)
        [ "$#" -gt 1 ] || die "$1 needs a value"
        ENVIRONMENT="$2"
        shift
        ;;
      *) die "unknown option: $1 (--help lists them)" ;;
    esac
    shift
  done
  [ -n "$ENVIRONMENT" ] || die "--environment is missing (--help lists the options)"
}

outputs() {
  local found
  run "reading what was deployed" az deployment sub show --name "dsr-$ENVIRONMENT" \
    --query properties.outputs --output json
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

# Roles on the workspaces lie outside the group and would outlive it: assignments as entries of
# nobody, and the environment's custom roles. An assignment keeps its role from being deleted.
roles() {
  local name client subscription id prefix
  prefix="$(member "$WORK/outputs" rolePrefix 2>/dev/null)" || prefix=''
  output "$WORK/outputs" roleSubscriptionIds >"$WORK/subscriptions" || die "the deployment's outputs can't be read"
  while read -r subscription <&3; do
    for name in runIdentityClientId deleteIdentityClientId; do
      client="$(member "$WORK/outputs" "$name" 2>/dev/null)" || continue
      assignments "$name" "$client" "$subscription"
    done
    [ -n "$prefix" ] || continue
    run "listing the custom roles" az role definition list --custom-role-only true \
      --subscription "$subscription" --query "[?starts_with(roleName, '$prefix ')].name" --output tsv
    cp "$WORK/out" "$WORK/roles"
    while read -r id <&4; do
      say "Deleting custom role $id ..."
      run "deleting custom role $id" az role definition delete --name "$id" \
        --scope "/subscriptions/$subscription" --custom-role-only true --output none
    done 4<"$WORK/roles"
  done 3<"$WORK/subscriptions"
}

# assignments NAME CLIENT SUBSCRIPTION: those in the group go with the group.
assignments() {
  local id scope ids=()
  if ! az role assignment list --assignee "$2" --all --subscription "$3" \
    --query '[].[id, scope]' --output tsv >"$WORK/out" 2>"$WORK/err"; then
    if grep -q 'Cannot find user or service principal' "$WORK/err"; then
      say "$1 is gone already; roles that it had show as 'Identity not found' in the portal"
      return
    fi
    cat "$WORK/err" >&2
    die "listing the roles of $1 failed; see above. The resource group is as it was."
  fi
  while IFS=$'\t' read -r id scope; do
    case "$(lower "$scope/")" in
      */resourcegroups/"$(lower "$GROUP")"/*) ;;
      *) ids+=("$id") ;;
    esac
  done <"$WORK/out"
  [ "${#ids[@]}" -gt 0 ] || return 0
  say "Deleting ${#ids[@]} roles of $1 on workspaces ..."
  run "deleting the role assignments" \
    az role assignment delete --ids "${ids[@]}" --subscription "$3" --output none
}

lower() { printf %s "$1" | tr '[:upper:]' '[:lower:]'; }

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
  say "- Key Vault $VAULT, soft-deleted, with the hash key and the signing key: for its 90 days nobody can"
  say "  purge it, and its name is taken. To deploy this environment again, set recoverKeyVault to true in the"
  say "  parameters file, which brings it back with its keys."
  say "- what was copied: references in evidence mean nothing without that hash key."
  say "- a Log Analytics workspace, which Azure keeps recoverable for a while; docs/deploy.md has more."
}

options "$@"
workplace
need az python3
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
