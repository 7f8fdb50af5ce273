#!/usr/bin/env bash
# Asks a running app for a plan and waits for it: submits a request with plan_only, which exports
# and deletes nothing. docs/deploy.md says when to use it.
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=infra/lib.sh
. "$HERE/lib.sh"

URL='' EMAIL='smoke-test@example.org' CURL=()

usage() {
  cat <<'TEXT'
Usage: infra/smoke.sh URL [--email ADDRESS]

  URL              where the app is, such as https://my-app.azurewebsites.net
  --email ADDRESS  whose plan to ask for; without it that of an address that nobody has

The function key is read from DSR_FUNCTION_KEY, or else from the first line of the standard input.
It has to open submit_request, get_request and get_plan: the app's default key does.
With DSR_ACCESS=entra, DSR_BEARER_TOKEN holds a token with Dsr.Submit and Dsr.Read.
TEXT
}

options() {
  while [ "$#" -gt 0 ]; do
    case "$1" in
      --help) usage && exit 0 ;;
      --email)
        [ "$#" -gt 1 ] || die "$1 needs a value"
        EMAIL="$2"
        shift
        ;;
      -*) die "unknown option: $1 (--help lists them)" ;;
      *)
        [ -z "$URL" ] || die "one URL is enough"
        URL="${1%/}"
        ;;
    esac
    shift
  done
  # the key goes to this address: never unencrypted over a network
  case "$URL" in
    https://* | http://127.0.0.1:* | http://localhost:*) ;;
    '') die "the URL is missing (--help explains)" ;;
    *) die "the URL has to begin with https://" ;;
  esac
  URL="${URL%/api}"
}

headers() {
  local key="${DSR_FUNCTION_KEY:-}"
  if [ -z "$key" ]; then
    read -r key || true
  fi
  [ -n "$key" ] || die "no function key: set DSR_FUNCTION_KEY, or give it on the standard input"
  HEADERS="x-functions-key: $key"
  if [ -n "${DSR_BEARER_TOKEN:-}" ]; then
    HEADERS="$HEADERS"$'\n'"authorization: Bearer $DSR_BEARER_TOKEN"
  fi
}

# answer WHAT URL WANTED: the answer has to have this status; its body lies in $WORK/body.
answer() {
  local got
  got="$(status "$2" "$HEADERS")"
  [ "$got" = "$3" ] && return
  cat "$WORK/body" >&2
  die "$1: the app answered $got and not $3"
}

submit() {
  EMAIL="$EMAIL" python3 -c 'import json, os; print(json.dumps({
    "type": "export", "plan_only": True, "reference": "smoke-test",
    "subject": {"emails": [os.environ["EMAIL"]]}}))' >"$WORK/request"
  CURL=(--header 'content-type: application/json' --data "@$WORK/request")
  answer "submitting a request" "$URL/api/requests" 202
  CURL=()
  ID="$(member "$WORK/body" request_id)" || die "the answer names no request"
  say "Accepted as $ID"
}

wait_for_plan() {
  local state until=$((SECONDS + WAIT))
  while true; do
    answer "asking for the request" "$URL/api/requests/$ID" 200
    state="$(member "$WORK/body" status)" || die "the answer has no status"
    case "$state" in
      completed) break ;;
      received | planning) ;;
      *)
        cat "$WORK/body" >&2
        die "the request ended as $state"
        ;;
    esac
    [ "$SECONDS" -lt "$until" ] || die "the request is still $state after $WAIT s: do the queues' functions run?"
    sleep "$PAUSE"
  done
}

# Every page of the plan: what could not be read stands in it as an entry with the action `fail`.
look_at_plan() {
  local page=1
  while [ -n "$page" ]; do
    answer "asking for the plan" "$URL/api/requests/$ID/plan?page=$page" 200
    page="$(python3 - "$WORK/body" <<'PYTHON'
import json
import pathlib
import re
import sys

plan = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
if not re.fullmatch(r"[0-9a-f]{64}", str(plan.get("plan_hash"))):
    sys.exit("the plan has no plan_hash")
bad = [item for item in plan["items"] if item["action"] == "fail"]
for item in bad:
    print(f"  {item['asset']}: {item['error']}", file=sys.stderr)
if bad:
    sys.exit("not every workspace could be read; see above")
print(plan["next_page"] or "")
PYTHON
    )" || die "the plan is not as it should be; see above"
  done
}

options "$@"
workplace
PAUSE="${DSR_PAUSE_SECONDS:-2}"
need curl python3
headers
submit
wait_for_plan
look_at_plan
say "Completed: the app took a request, read its workspaces and made a plan."
