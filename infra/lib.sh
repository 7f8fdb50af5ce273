# shellcheck shell=bash
# What deploy.sh, teardown.sh and smoke.sh have in common. Sourced, never run.

YES=0
WAIT="${DSR_WAIT_SECONDS:-900}"
PAUSE="${DSR_PAUSE_SECONDS:-15}"

say() { printf '%s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Everything temporary lies in one folder that nobody else can read; it goes with the script.
workplace() {
  umask 077
  WORK="$(mktemp -d)"
  trap 'rm -rf "$WORK"' EXIT
}

need() {
  local tool missing=()
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
  done
  [ "${#missing[@]}" -eq 0 ] || die "not found: ${missing[*]}. Install what is missing and run this again."
}

# ask QUESTION WANTED: goes on only if the answer is WANTED. No answer at all is a no.
ask() {
  local answer=''
  [ "$YES" -eq 0 ] || return 0
  printf '%s ' "$1"
  read -r answer || true
  [ "$answer" = "$2" ] || die "not confirmed. Nothing was done after this question."
}

# output FILE NAME: prints an output that is a list or an object of texts, an item a line; an object's
# items are `name<tab>value`. One that is missing counts as empty.
output() {
  python3 - "$@" <<'PYTHON'
import json
import pathlib
import sys

found = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
value = (found.get(sys.argv[2]) or {}).get("value") or []
for item in value:
    print(f"{item}\t{value[item]}" if isinstance(value, dict) else item)
PYTHON
}

# member FILE NAME...: prints the members of a JSON object, a line each; fails where one is missing.
# The outputs of a deployment are objects with a `value`, which is what is printed of them.
member() {
  python3 - "$@" <<'PYTHON'
import json
import pathlib
import sys

found = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
for name in sys.argv[2:]:
    value = (found or {}).get(name)
    value = value.get("value") if isinstance(value, dict) and "value" in value else value
    if not isinstance(value, str) or not value:
        sys.exit(f"there is no {name}")
    print(value)
PYTHON
}

# run WHAT COMMAND...: runs a command, its answer in $WORK/out; ends the script where it fails.
run() {
  local what="$1"
  shift
  if ! "$@" >"$WORK/out" 2>"$WORK/err"; then
    cat "$WORK/err" >&2
    die "$what failed; see above. Once the cause is gone, run this again: it continues."
  fi
}

# patiently WHAT PATTERN COMMAND...: as run, but again for WAIT seconds while the refusal matches
# PATTERN. A new role assignment takes minutes until every service knows of it.
patiently() {
  local what="$1" pattern="$2" until=$((SECONDS + WAIT))
  shift 2
  while ! "$@" >"$WORK/out" 2>"$WORK/err"; do
    if ! grep -Eq "$pattern" "$WORK/err"; then
      cat "$WORK/err" >&2
      die "$what failed; see above. Once the cause is gone, run this again: it continues."
    fi
    if [ "$SECONDS" -ge "$until" ]; then
      cat "$WORK/err" >&2
      die "$what was still refused after $WAIT s; see above. Check the roles, then run this again."
    fi
    say "  $what: not allowed yet, which new roles explain; again in $PAUSE s"
    sleep "$PAUSE"
  done
}

# status URL [HEADERS]: prints the HTTP status, 000 where there was no answer; the body lies in
# $WORK/body. HEADERS, a line each, reach curl by its standard input: in a command line every user
# of the machine could read them.
status() {
  : >"$WORK/body"
  printf '%s' "${2:-}" | sed -e 's/["\\]/\\&/g' -e 's/^\(.*\)$/header = "\1"/' |
    curl --config - --silent --max-time 30 --output "$WORK/body" --write-out '%{http_code}' \
      "${CURL[@]+"${CURL[@]}"}" "$1" || true
}

# Who is signed in, and to which subscription.
signed_in() {
  if ! az account show --output json >"$WORK/account" 2>"$WORK/err"; then
    cat "$WORK/err" >&2
    die "not signed in to Azure. Run 'az login', choose a subscription with 'az account set', and run this again."
  fi
  SUBSCRIPTION="$(member "$WORK/account" id)" || die "az account show named no subscription"
  say "Subscription: $(member "$WORK/account" name) ($SUBSCRIPTION)"
}
