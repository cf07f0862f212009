#!/usr/bin/env bash
# Shows a memory that vanishes, and one that does not: an rnn and an lstm learn to tell the first letter of a text from its end, and a look inside shows
# after each step how much of the first letter is left in their states. Needs a running service (npm start), curl and node.
#   examples/vanishing-memory.sh [address of the service]
set -euo pipefail
. "$(dirname "$0")/api.sh"

step 'Six hundred texts of forty letters; the first one, a or b, is the label'
node -e '
  let seed = 7;
  const draw = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const rows = Array.from({ length: 600 }, () => {
    const first = "ab"[draw(2)];
    return `${first}${Array.from({ length: 39 }, () => "cdefgh"[draw(6)]).join("")},${first}`;
  });
  fs.writeFileSync(process.argv[1], ["text,first", ...rows].join("\n"));
' "$FILES/texts.csv"
upload first-letters text/csv "$FILES/texts.csv"

for CELL in rnn lstm; do
  MODEL='{ "cell": "rnn", "hidden_size": 16 }'
  # sigmoid(4) is 0.98: what is in the cells of such an lstm is halved in forty steps; without the bias it is in every one
  [ "$CELL" = rnn ] || MODEL='{ "cell": "lstm", "hidden_size": 16, "initialization": { "forget_bias": 4 } }'
  step "Train an $CELL of 16 units to tell it from the end"
  cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "first-letter-$CELL",
  "architecture": "sequence_to_vector",
  "data": {
    "inputs": [{ "column": "text", "encoding": "characters", "max_length": 40, "embedding_size": 8 }],
    "targets": [{ "column": "first" }]
  },
  "model": $MODEL,
  "output": { "type": "classification" },
  "training": { "epochs": 30, "seed": 3, "optimizer": { "type": "adam", "learning_rate": 0.01 } }
}
JSON
  train "$FILES/job.json"
  printf 'accuracy on texts that training never saw: '
  curl -sS "$API/v1/models/first-letter-$CELL/card" | field .held_out.model.accuracy

  step "Two texts that differ in their first letter alone: how far the states of the $CELL are apart after each step"
  for FIRST in a b; do
    printf '{"inputs":[{"text":"%s%s"}]}' "$FIRST" "cdefghgfedcdefghgfedcdefghgfedcdefghgfe" |
      curl -sS "$API/v1/models/first-letter-$CELL/trace" -H 'Content-Type: application/json' -d @- > "$FILES/$FIRST.json"
  done
  node -e '
    const [a, b] = ["a", "b"].map((first) => JSON.parse(fs.readFileSync(`${process.argv[1]}/${first}.json`)).layers[0].hidden_state);
    const apart = a.map((state, step) => Math.hypot(...state.map((value, unit) => value - b[step][unit])));
    const most = Math.max(...apart);
    apart.forEach((distance, step) => {
      if (step % 3 === 0) console.log(String(step + 1).padStart(3), distance.toExponential(1), "█".repeat(Math.round((40 * distance) / most)));
    });
  ' "$FILES"
done
