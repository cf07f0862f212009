#!/usr/bin/env bash
# The README's tour of the HTTP API in one piece. Needs a running service (npm start), curl and node.
#   examples/tour.sh [address of the service]
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n\n── %s\n' "$*"; }

API=http://127.0.0.1:3000
field() { node -p "JSON.parse(fs.readFileSync(0))$1"; }   # a field of the JSON on standard input
TOUR=$(mktemp -d)   # what the tour writes
API=${1:-$API}
trap 'rm -rf "$TOUR"' EXIT

step 'Is everything there?'
curl -sS "$API/readyz"

step 'Upload a CSV; it is checked and profiled in the background'
DATASET=$(curl -sS "$API/v1/datasets?name=seattle-weather" \
  -H 'Content-Type: text/csv' --data-binary @examples/data/seattle-weather.csv | field .id)
until curl -sS "$API/v1/datasets/$DATASET" | grep -q '"status":"ready"'; do sleep 0.2; done
curl -sS "$API/v1/datasets/$DATASET/rows?limit=2"

step 'Say what to train, and ask what that would do'
cat > "$TOUR/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "seattle-tour",
  "architecture": "sequence_to_vector",
  "data": {
    "inputs": [{ "column": "temp_max" }, { "column": "temp_min" }],
    "targets": [{ "column": "temp_max" }],
    "order_by": "date",
    "window": { "length": 14, "horizon": 3 }
  },
  "model": { "cell": "gru", "hidden_size": 16 },
  "training": { "epochs": 8, "seed": 7 }
}
JSON
curl -sS "$API/v1/training-jobs?dry_run=true" -H 'Content-Type: application/json' -d @"$TOUR/job.json"

step 'What is impossible is refused at once, with a pointer to the field'
sed 's/temp_min/humidity/' "$TOUR/job.json" |
  curl -sS "$API/v1/training-jobs" -H 'Content-Type: application/json' -d @-

step 'Start it, and watch it live until it ends'
JOB=$(curl -sS "$API/v1/training-jobs" -H 'Content-Type: application/json' -d @"$TOUR/job.json" | field .id)
curl -sSN "$API/v1/training-jobs/$JOB/events" -H 'Accept: text/event-stream' | grep ^event:

step 'The curves, and the scores on data that training never saw'
curl -sS "$API/v1/training-jobs/$JOB/metrics?points=2"
curl -sS "$API/v1/models/seattle-tour/card" | field .held_out

step 'Forecast the next three days from the last two weeks'
curl -sS "$API/v1/datasets/$DATASET/rows?limit=14&offset=1447" |
  node -p 'JSON.stringify({ inputs: [{ rows: JSON.parse(fs.readFileSync(0)).data }] })' |
  curl -sS "$API/v1/models/seattle-tour/predictions" -H 'Content-Type: application/json' -d @-

step 'Ask how sure it is: quantiles, and an interval that holds what it promises'
sed 's/"seattle-tour"/"seattle-intervals"/; s/"training"/"output": { "loss": "quantile", "quantiles": [0.1, 0.5, 0.9] },\n  "training"/' \
  "$TOUR/job.json" > "$TOUR/intervals.json"
JOB=$(curl -sS "$API/v1/training-jobs" -H 'Content-Type: application/json' -d @"$TOUR/intervals.json" | field .id)
curl -sSN "$API/v1/training-jobs/$JOB/events" -H 'Accept: text/event-stream' | grep ^event: | tail -1
curl -sS "$API/v1/models/seattle-intervals/card" | field .held_out.model
curl -sS "$API/v1/datasets/$DATASET/rows?limit=14&offset=1447" |
  node -p 'JSON.stringify({ inputs: [{ rows: JSON.parse(fs.readFileSync(0)).data }] })' |
  curl -sS "$API/v1/models/seattle-intervals/predictions" -H 'Content-Type: application/json' -d @- | field .predictions[0].distribution[0].temp_max

step 'Ask it of the whole dataset as a job: a dataset comes out'
BATCH=$(curl -sS "$API/v1/models/seattle-tour/batch-predictions" -H 'Content-Type: application/json' \
  -d "{ \"dataset_id\": \"$DATASET\" }" | field .id)
curl -sSN "$API/v1/batch-predictions/$BATCH/events" -H 'Accept: text/event-stream' | grep ^event: | tail -1
RESULT=$(curl -sS "$API/v1/batch-predictions/$BATCH" | field .result_dataset_id)
curl -sS "$API/v1/datasets/$RESULT/rows" | field .data[0]

step 'Take the model with you: raw values in, raw values out, in any ONNX runtime'
curl -sS "$API/v1/models/seattle-tour/onnx" -o "$TOUR/seattle-tour.onnx"
ls -l "$TOUR"

step 'Clean up; the model stays'
for ID in "$DATASET" "$RESULT"; do curl -sS -X DELETE "$API/v1/datasets/$ID" -w '%{http_code}\n'; done
