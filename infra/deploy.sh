#!/usr/bin/env bash
# Deploys the app: resources, keys, code, then a look whether it is ready. Safe to run again.
# docs/deploy.md explains every step and has the same by hand.
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
TEMPLATE="$HERE/main.bicep"
# shellcheck source=infra/lib.sh
. "$HERE/lib.sh"

ENVIRONMENT='' LOCATION='' WORKSPACES='' ALERT_EMAIL='' ACCESS='' PARAMETERS='' GROUP='' ONLY_SHOW=0

usage() {
  cat <<'TEXT'
Usage: infra/deploy.sh --environment NAME --location REGION [options]

  --environment NAME     name of this deployment; part of the resources' names
  --location REGION      Azure region, such as westeurope
  --workspaces FILE      JSON array of the workspaces to answer for (docs/operations.md)
  --alert-email ADDRESS  who gets the alerts
  --access-mode MODE     keys or entra
  --parameters FILE      instead of the three above: a parameters file, which has to set everything
  --resource-group NAME  only where main.bicep is deployed to a resource group
  --what-if              show what would change, and end
  --yes                  ask nothing
TEXT
}

options() {
  while [ "$#" -gt 0 ]; do
    case "$1" in
      --what-if) ONLY_SHOW=1 ;;
      --yes) YES=1 ;;
      --help) usage && exit 0 ;;
      --environment | --location | --workspaces | --alert-email | --access-mode | --parameters | --resource-group)
        [ "$#" -gt 1 ] || die "$1 needs a value"
        case "$1" in
          --environment) ENVIRONMENT="$2" ;;
          --location) LOCATION="$2" ;;
          --workspaces) WORKSPACES="$2" ;;
          --alert-email) ALERT_EMAIL="$2" ;;
          --access-mode) ACCESS="$2" ;;
          --parameters) PARAMETERS="$2" ;;
          --resource-group) GROUP="$2" ;;
        esac
        shift
        ;;
      *) die "unknown option: $1 (--help lists them)" ;;
    esac
    shift
  done
  [ -n "$ENVIRONMENT" ] || die "--environment is missing (--help lists the options)"
  [ -n "$LOCATION" ] || die "--location is missing (--help lists the options)"
  case "$ACCESS" in '' | keys | entra) ;; *) die "--access-mode has to be keys or entra" ;; esac
}

# The template's parameters, as az takes them.
parameters() {
  if [ -n "$PARAMETERS" ]; then
    [ -z "$WORKSPACES$ALERT_EMAIL$ACCESS" ] ||
      die "--parameters says everything: leave --workspaces, --alert-email and --access-mode out"
    [ -f "$PARAMETERS" ] || die "no such file: $PARAMETERS"
    GIVEN=("$PARAMETERS")
    return
  fi
  GIVEN=("environmentName=$ENVIRONMENT" "location=$LOCATION")
  if [ -n "$WORKSPACES" ]; then
    python3 -c 'import json, sys; sys.exit(not isinstance(json.load(open(sys.argv[1])), list))' \
      "$WORKSPACES" 2>/dev/null || die "$WORKSPACES is not a file that holds a JSON array"
    GIVEN+=("workspaces=@$WORKSPACES")
  fi
  [ -z "$ALERT_EMAIL" ] || GIVEN+=("alertEmail=$ALERT_EMAIL")
  [ -z "$ACCESS" ] || GIVEN+=("accessMode=$ACCESS")
}

# deployment VERB: az deployment sub|group what-if|create, with the same arguments for both.
deployment() {
  local where=(--location "$LOCATION")
  [ "$SCOPE" = sub ] || where=(--resource-group "$GROUP")
  az deployment "$SCOPE" "$1" --name "dsr-$ENVIRONMENT" "${where[@]}" \
    --template-file "$TEMPLATE" --parameters "${GIVEN[@]}" "${@:2}"
}

resources() {
  if [ "$SCOPE" = group ]; then
    run "making the resource group" \
      az group create --name "$GROUP" --location "$LOCATION" --output none
  fi
  say "What the deployment would change:"
  deployment what-if || die "what-if failed; see above. Nothing was changed."
  if [ "$ONLY_SHOW" -eq 1 ]; then
    exit 0
  fi
  ask "Deploy this? Type yes to go on:" yes
  say "Deploying the resources ..."
  run "deploying the resources" deployment create --query properties.outputs --output json
  cp "$WORK/out" "$WORK/outputs"
  local found
  found="$(member "$WORK/outputs" functionAppName functionAppUrl resourceGroupName keyVaultName)" ||
    die "the deployment's outputs are not what this script reads: do main.bicep and deploy.sh belong together?"
  { read -r APP && read -r URL && read -r GROUP && read -r VAULT; } <<<"$found"
  URL="${URL%/}"
}

# Key Vault: keys that are missing are made here, in files that only this user can read, and go to
# az by name. One that is there is left alone: another hash key would orphan every reference.
keys() {
  say "Keys in Key Vault $VAULT:"
  if ! az keyvault secret list --vault-name "$VAULT" --query '[].name' --output tsv \
    >"$WORK/out" 2>"$WORK/err"; then
    if ! grep -q ForbiddenByRbac "$WORK/err"; then
      cat "$WORK/err" >&2
      die "listing the secrets of $VAULT failed; see above. The resources are there; run this again once the cause is gone."
    fi
    allow
    patiently "listing the secrets" ForbiddenByRbac \
      az keyvault secret list --vault-name "$VAULT" --query '[].name' --output tsv
  fi
  cp "$WORK/out" "$WORK/names"
  if there dsr-hash-key; then say "  dsr-hash-key: is there"; else
    openssl rand -base64 32 2>"$WORK/err" | tr -d '\n' >"$WORK/secret"
    store dsr-hash-key
  fi
  if there dsr-signing-key; then say "  dsr-signing-key: is there"; else
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 >"$WORK/secret" 2>"$WORK/err"
    store dsr-signing-key
  fi
}

there() { grep -Fqx "$1" "$WORK/names"; }

store() {
  [ -s "$WORK/secret" ] || die "openssl made no key for $1"
  patiently "storing $1" ForbiddenByRbac az keyvault secret set --vault-name "$VAULT" --name "$1" \
    --file "$WORK/secret" --encoding utf-8 --output none
  rm -f "$WORK/secret"
  say "  $1: made"
}

# Owner of a vault does not mean that one may write its secrets: that is a role of its own.
allow() {
  local me id
  say "  You may not list the secrets of this vault."
  ask "Give yourself the role 'Key Vault Secrets Officer' on it? Type yes to go on:" yes
  run "asking who is signed in" az ad signed-in-user show --query id --output tsv
  me="$(cat "$WORK/out")"
  run "asking for the vault" az keyvault show --name "$VAULT" --query id --output tsv
  id="$(cat "$WORK/out")"
  run "assigning the role" az role assignment create --role "Key Vault Secrets Officer" \
    --assignee-object-id "$me" --assignee-principal-type User --scope "$id" --output none
  say "  Assigned. Take it away again when the deployment is done, if you don't need it."
}

# The platform keeps what it read from Key Vault, and what it failed to read, for a day.
refresh() {
  run "having the app read its keys" az rest --method post --output none --url \
    "/subscriptions/$SUBSCRIPTION/resourceGroups/$GROUP/providers/Microsoft.Web/sites/$APP/config/configreferences/appsettings/refresh?api-version=2022-03-01"
}

code() {
  say "Packing and publishing the code (built remotely; takes some minutes) ..."
  run "packing the code" python3 "$HERE/package.py" "$WORK/app.zip"
  cat "$WORK/out"
  patiently "publishing" '403|Forbidden|BlobUploadFailed' \
    az functionapp deployment source config-zip --resource-group "$GROUP" --name "$APP" \
    --src "$WORK/app.zip" --build-remote true --output none
}

# until_status URL WANTED HEADERS: asks again for WAIT seconds. Each time the app is told to read
# its keys anew, since a role that came late may have made the first reading fail.
until_status() {
  local got until=$((SECONDS + WAIT))
  while true; do
    got="$(status "$1" "$3")"
    [ "$got" != "$2" ] || break
    if [ "$SECONDS" -ge "$until" ]; then
      cat "$WORK/body" >&2
      die "GET $1 answered $got and not $2 for $WAIT s. docs/deploy.md says what to look at; running this again is safe."
    fi
    say "  GET $1: $got; again in $PAUSE s"
    sleep "$PAUSE"
    refresh
  done
  say "  GET $1: $got"
}

looks() {
  local key mode
  say "Waiting for the app (roles take minutes to reach every service) ..."
  until_status "$URL/api/health" 200 ''
  run "asking for the access mode" az functionapp config appsettings list --resource-group "$GROUP" \
    --name "$APP" --query "[?name=='DSR_ACCESS'].value | [0]" --output tsv
  mode="$(cat "$WORK/out")"
  run "asking for the default key" az functionapp keys list --resource-group "$GROUP" --name "$APP" \
    --query functionKeys.default --output tsv
  key="$(cat "$WORK/out")"
  rm -f "$WORK/out"
  if [ "$mode" = entra ]; then
    until_status "$URL/api/ready" 401 "x-functions-key: $key"
    say "  401 is right: with entra nobody gets in without a token. Ask /api/ready as somebody with Dsr.Read."
  else
    until_status "$URL/api/ready" 200 "x-functions-key: $key"
  fi
}

options "$@"
workplace
need az python3 curl openssl
[ -f "$TEMPLATE" ] || die "there is no $TEMPLATE"
SCOPE="$(scope_of "$TEMPLATE")"
scope_fits "$SCOPE" "$GROUP"
parameters
signed_in
resources
keys
refresh
code
looks
say ''
say "Done. The app:    $URL/api"
say "Resource group:   $GROUP"
say "Function keys:    az functionapp function keys list --resource-group $GROUP --name $APP --function-name submit_request"
say "                  (each function has its own; the portal shows them under App keys and Function keys)"
say "Key Vault:        $VAULT (dsr-hash-key, dsr-signing-key: keep both)"
say "A first request:  az functionapp keys list --resource-group $GROUP --name $APP --query functionKeys.default --output tsv | infra/smoke.sh $URL"
