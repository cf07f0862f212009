#!/usr/bin/env bash
# Teaches a network how words sound. Needs a running service (npm start), curl, node, and the repository's development packages.
#   examples/words-to-sounds.sh [address of the service]
set -euo pipefail
. "$(dirname "$0")/api.sh"

step 'Short words of the CMU pronouncing dictionary with their phonemes, one row for each pronunciation'
node --input-type=module -e '
  import { writeFileSync } from "node:fs";
  import { dictionary } from "cmu-pronouncing-dictionary";
  const rows = Object.entries(dictionary)
    .filter(([word]) => /^[a-z]{3,5}(\(\d\))?$/.test(word))
    .filter((_, index) => index % 4 === 0)
    .map(([word, sounds]) => `${word.replace(/\(\d\)$/, "")},${sounds.replace(/ #.*$/, "").replaceAll(/\d/g, "")}`);
  writeFileSync(process.argv[1], ["word,sounds", ...rows].join("\n"));
' "$FILES/words.csv"
upload words text/csv "$FILES/words.csv"

step 'Train: characters in, phonemes out'
cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "sounds",
  "architecture": "encoder_decoder",
  "data": {
    "inputs": [{ "column": "word", "encoding": "characters", "max_length": 10, "embedding_size": 16 }],
    "targets": [{ "column": "sounds", "encoding": "words", "max_length": 12, "embedding_size": 16 }]
  },
  "model": { "cell": "gru", "hidden_size": 48, "bidirectional": true, "attention": { "score": "dot" } },
  "output": { "type": "tokens", "beam": 4 },
  "training": { "epochs": 12, "batch_size": 64, "seed": 7, "optimizer": { "type": "adam", "learning_rate": 0.008 } }
}
JSON
train "$FILES/job.json"

step 'Scores on words that training never saw, beside the most frequent sequence'
curl -sS "$API/v1/models/sounds/card" | node -p 'const { model, beam, baselines } = JSON.parse(fs.readFileSync(0)).held_out; ({ model, beam, ...baselines })'

step 'How are these said? The three best of a beam of 8'
curl -sS "$API/v1/models/sounds/predictions" -H 'Content-Type: application/json' \
  -d '{ "inputs": [{ "text": "blick" }, { "text": "snark" }, { "text": "chive" }], "beam": 8, "n_best": 3 }' |
  node -p 'JSON.parse(fs.readFileSync(0)).predictions.map(({ alternatives }) => alternatives.map(({ text, score }) => `${text} (${score.toFixed(2)})`))'
