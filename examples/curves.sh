#!/usr/bin/env bash
# Teaches a network to draw a curve from its parameters. Needs a running service (npm start), curl and node.
#   examples/curves.sh [address of the service]
set -euo pipefail
. "$(dirname "$0")/api.sh"

step 'Damped oscillations: amplitude, damping and frequency of each row, and 24 points of what comes of them'
node -e '
  const lines = Array.from({ length: 600 }, (_, row) => {
    const [amplitude, damping, frequency] = [1 + ((row * 37) % 100) / 25, 0.02 + ((row * 61) % 97) / 600, 0.3 + ((row * 89) % 83) / 160];
    const curve = Array.from({ length: 24 }, (_, t) => Number((amplitude * Math.exp(-damping * t) * Math.cos(frequency * t)).toFixed(4)));
    return JSON.stringify({ amplitude, damping, frequency, curve });
  });
  fs.writeFileSync(process.argv[1], lines.join("\n"));
' "$FILES/curves.ndjson"
upload oscillations application/x-ndjson "$FILES/curves.ndjson"

step 'Train: three numbers in, a list of 24 out, written one after the other'
cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "oscillations",
  "architecture": "vector_to_sequence",
  "data": {
    "inputs": [{ "column": "amplitude" }, { "column": "damping" }, { "column": "frequency" }],
    "targets": [{ "column": "curve" }]
  },
  "model": { "cell": "gru", "hidden_size": 48, "feed_vector": true },
  "training": { "epochs": 60, "batch_size": 32, "seed": 7, "optimizer": { "type": "adam", "learning_rate": 0.005 } }
}
JSON
train "$FILES/job.json"

step 'Scores on rows that training never saw, beside the mean curve'
curl -sS "$API/v1/models/oscillations/card" | node -p 'const { model, baselines } = JSON.parse(fs.readFileSync(0)).held_out; ({ model, ...baselines })'

step 'A curve from its parameters, beside what it ought to be'
curl -sS "$API/v1/models/oscillations/predictions" -H 'Content-Type: application/json' \
  -d '{ "inputs": [{ "row": { "amplitude": 3, "damping": 0.1, "frequency": 0.6 } }] }' |
  node -p 'JSON.parse(fs.readFileSync(0)).predictions[0].curves.curve.map((y, t) => `${y.toFixed(2)} (${(3 * Math.exp(-0.1 * t) * Math.cos(0.6 * t)).toFixed(2)})`).join("  ")'
