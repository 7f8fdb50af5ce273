#!/usr/bin/env bash
# Deploys the app: resources, keys, code, then a look whether it is ready. Safe to run again.
# docs/deploy.md explains every step and has the same by hand.
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
TEMPLATE="$HERE/main.bicep"
# shellcheck source=infra/lib.sh
. "$HERE/lib.sh"

ENVIRONMENT="${AZURE_ENV_NAME:-}" LOCATION="${AZURE_LOCATION:-}" PARAMETERS="$HERE/main.bicepparam"
ONLY_SHOW=0

usage() {
  cat <<'TEXT'
Usage: infra/deploy.sh --environment NAME --location REGION --workspaces FILE --alert-emails LIST

  --environment NAME      name of this deployment; part of the resources' names
  --location REGION       Azure region, such as westeurope
  --workspaces FILE       JSON array of the workspaces to answer for (docs/operations.md)
  --alert-emails LIST     who gets the alerts: addresses with commas between
  --entra-client-id ID    app registration that callers sign in to; without it function keys decide
  --parameters FILE       a .bicepparam file to use in place of infra/main.bicepparam
  --what-if               show what would change, and end
  --yes                   ask nothing

The first five are handed to the parameters file as AZURE_ENV_NAME, AZURE_LOCATION, DSR_WORKSPACES,
DSR_ALERT_EMAILS and DSR_ENTRA_CLIENT_ID, and can be set so as well.
TEXT
}

options() {
  while [ "$#" -gt 0 ]; do
    case "$1" in
      --what-if) ONLY_SHOW=1 ;;
      --yes) YES=1 ;;
      --help) usage && exit 0 ;;
      --environment | --location | --workspaces | --alert-emails | --entra-client-id | --parameters)
        [ "$#" -gt 1 ] || die "$1 needs a value"
        case "$1" in
          --environment) ENVIRONMENT="$2" ;;
          --location) LOCATION="$2" ;;
          --workspaces)
            DSR_WORKSPACES="$(cat -- "$2" 2>/dev/null)" || die "no such file: $2"
            export DSR_WORKSPACES
            ;;
          --alert-emails) export DSR_ALERT_EMAILS="$2" ;;
          --entra-client-id) export DSR_ENTRA_CLIENT_ID="$2" ;;
          --parameters) PARAMETERS="$2" ;;
        esac
        shift
        ;;
      *) die "unknown option: $1 (--help lists them)" ;;
    esac
    shift
  done
  [ -n "$ENVIRONMENT" ] || die "--environment is missing (--help lists the options)"
  [ -n "$LOCATION" ] || die "--location is missing (--help lists the options)"
  export AZURE_ENV_NAME="$ENVIRONMENT" AZURE_LOCATION="$LOCATION"
}

# What the parameters file is going to read. A file of somebody's own may read none of it.
parameters() {
  [ -f "$PARAMETERS" ] || die "no such file: $PARAMETERS"
  if [ -n "${DSR_WORKSPACES:-}" ]; then
    printf %s "$DSR_WORKSPACES" >"$WORK/workspaces"
    python3 -c 'import json, sys; sys.exit(not isinstance(json.load(open(sys.argv[1])), list))' \
      "$WORK/workspaces" 2>/dev/null || die "the workspaces are not a JSON array"
  fi
  if [ "$PARAMETERS" = "$HERE/main.bicepparam" ]; then
    [ -n "${DSR_WORKSPACES:-}" ] || die "--workspaces is missing (--help lists the options)"
    [ -n "${DSR_ALERT_EMAILS:-}" ] || die "--alert-emails is missing (--help lists the options)"
  fi
}

# Who deploys puts the keys into the vault, which is a role of its own: owners don't have it.
officer() {
  if [ -z "${AZURE_PRINCIPAL_ID:-}" ]; then
    run "asking who is signed in (a service principal sets AZURE_PRINCIPAL_ID; docs/deploy.md)" \
      az ad signed-in-user show --query id --output tsv
    AZURE_PRINCIPAL_ID="$(tr -d '[:space:]' <"$WORK/out")"
  fi
  export AZURE_PRINCIPAL_ID
}

# deployment VERB: what-if and create get the same arguments.
deployment() {
  az deployment sub "$1" --name "dsr-$ENVIRONMENT" --location "$LOCATION" \
    --template-file "$TEMPLATE" --parameters "$PARAMETERS" "${@:2}"
}

resources() {
  say "What the deployment would change:"
  deployment what-if || die "what-if failed; see above. Nothing was changed."
  if [ "$ONLY_SHOW" -eq 1 ]; then
    exit 0
  fi
  ask "Deploy this? Type yes to go on:" yes
  say "Deploying the resources (takes some minutes) ..."
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
# A workspace's token can't be made: what is missing is named, and that is as far as it goes.
keys() {
  local setting name missing=()
  say "Secrets in Key Vault $VAULT:"
  patiently "listing the secrets (needs 'Key Vault Secrets Officer')" ForbiddenByRbac \
    az keyvault secret list --vault-name "$VAULT" --query '[].name' --output tsv
  cp "$WORK/out" "$WORK/names"
  output "$WORK/outputs" secretNameBySetting >"$WORK/wanted" || die "the deployment's outputs can't be read"
  while IFS=$'\t' read -r setting name <&3; do
    if grep -Fqx -- "$name" "$WORK/names"; then
      say "  $name: is there"
      continue
    fi
    case "$setting" in
      DSR_HASH_KEY)
        openssl rand -base64 32 2>"$WORK/err" | tr -d '\n' >"$WORK/secret"
        store "$name"
        ;;
      DSR_SIGNING_KEY)
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 >"$WORK/secret" 2>"$WORK/err"
        store "$name"
        ;;
      *) missing+=("$name") ;;
    esac
  done 3<"$WORK/wanted"
  [ "${#missing[@]}" -gt 0 ] || return 0
  for name in "${missing[@]}"; do
    say "  $name: MISSING. Put the workspace's token alone into a file, and then:"
    say "    az keyvault secret set --vault-name $VAULT --name $name --file FILE --output none"
  done
  die "secrets are missing; see above. Store them and run this again: it continues."
}

store() {
  [ -s "$WORK/secret" ] || die "openssl made no key for $1"
  patiently "storing $1" ForbiddenByRbac az keyvault secret set --vault-name "$VAULT" --name "$1" \
    --file "$WORK/secret" --encoding utf-8 --output none
  rm -f "$WORK/secret"
  say "  $1: made"
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
parameters
signed_in
officer
resources
keys
refresh
code
looks
say ''
say "Done. The app:    $URL/api"
say "Resource group:   $GROUP"
say "Function keys:    az functionapp function keys list --resource-group $GROUP --name $APP --function-name submit_request"
say "                  (each function has its own; the portal shows them too)"
say "Key Vault:        $VAULT. Keep its hash key and signing key: nothing replaces them."
say "A first request:  az functionapp keys list --resource-group $GROUP --name $APP --query functionKeys.default --output tsv | infra/smoke.sh $URL"
