#!/usr/bin/env bash
# Shows a memory that vanishes, and one that does not: an rnn and an lstm learn to tell the first letter of a text from its end, and a look inside shows
# after each step how much of the first letter is left in their states. Needs a running service (npm start), curl and node.
#   examples/vanishing-memory.sh [address of the service]
set -euo pipefail
API=${1:-http://127.0.0.1:3000}
field() { node -p "JSON.parse(fs.readFileSync(0))$1"; }   # a field of the JSON on standard input
step() { printf '\n\n── %s\n' "$*"; }
FILES=$(mktemp -d)
trap 'rm -rf "$FILES"' EXIT

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
DATASET=$(curl -sS "$API/v1/datasets?name=first-letters" -H 'Content-Type: text/csv' --data-binary @"$FILES/texts.csv" | field .id)
until curl -sS "$API/v1/datasets/$DATASET" | grep -q '"status":"ready"'; do sleep 0.2; done

for CELL in rnn lstm; do
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
  "model": { "cell": "$CELL", "hidden_size": 16 },
  "output": { "type": "classification" },
  "training": { "epochs": 30, "seed": 3, "optimizer": { "type": "adam", "learning_rate": 0.01 } }
}
JSON
  JOB=$(curl -sS "$API/v1/training-jobs" -H 'Content-Type: application/json' -d @"$FILES/job.json" | field .id)
  curl -sSN "$API/v1/training-jobs/$JOB/events" -H 'Accept: text/event-stream' | grep ^event: | tail -1
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
