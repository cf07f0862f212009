# shellcheck shell=bash
# What the examples have in common; each of them reads this first. (The tour has it all in one piece.)
cd "$(dirname "$0")/.."
API=${1:-http://127.0.0.1:3000}
FILES=$(mktemp -d)   # what an example writes
DATASET=
trap 'rm -rf "$FILES"; [ -z "$DATASET" ] || curl -sS -X DELETE "$API/v1/datasets/$DATASET" -o /dev/null' EXIT

step() { printf '\n\n── %s\n' "$*"; }
field() { node -p "JSON.parse(fs.readFileSync(0))$1"; }   # a field of the JSON on standard input
failed() { cat "$FILES/answer.json" >&2; exit 1; }

# upload NAME TYPE FILE: DATASET is the id of a dataset that is ready, and is deleted in the end
upload() {
  curl -sS --fail-with-body "$API/v1/datasets?name=$1" -H "Content-Type: $2" --data-binary @"$3" -o "$FILES/answer.json" || failed
  DATASET=$(field .id < "$FILES/answer.json")
  until curl -sS "$API/v1/datasets/$DATASET" -o "$FILES/answer.json" && grep -q '"status":"ready"' "$FILES/answer.json"; do
    ! grep -q '"status":"rejected"' "$FILES/answer.json" || failed
    sleep 0.2
  done
}

# train FILE: starts the job that the file asks for, and tells its events until it ends
train() {
  curl -sS --fail-with-body "$API/v1/training-jobs" -H 'Content-Type: application/json' -d @"$1" -o "$FILES/answer.json" || failed
  JOB=$(field .id < "$FILES/answer.json")
  curl -sSN "$API/v1/training-jobs/$JOB/events" -H 'Accept: text/event-stream' |
    grep --line-buffered '^event:' | grep --line-buffered -v progress | uniq -c
  curl -sS "$API/v1/training-jobs/$JOB" -o "$FILES/answer.json"
  grep -q '"status":"succeeded"' "$FILES/answer.json" || failed
}
