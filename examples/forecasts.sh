#!/usr/bin/env bash
# Forecasts a year of CO2 in the air, a series with a trend, with 80 % intervals. Needs a running service (npm start), curl and node.
#   examples/forecasts.sh [address of the service]
set -euo pipefail
. "$(dirname "$0")/api.sh"

step 'Mauna Loa, every month since 1958'
upload co2 text/csv examples/data/co2-concentration.csv

step 'Train: two years in, the next one out; each window is scaled by its own months, so that the trend never leaves the scale'
cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "co2",
  "architecture": "sequence_to_vector",
  "data": {
    "inputs": [{ "column": "CO2" }],
    "targets": [{ "column": "CO2" }],
    "order_by": "Date",
    "window": { "length": 24, "horizon": 12 },
    "scaling": { "type": "standard", "per": "window" },
    "split": { "validation": 0.2, "test": 0.2, "folds": 4 }
  },
  "model": { "cell": "gru", "hidden_size": 16 },
  "output": { "loss": "quantile", "quantiles": [0.1, 0.5, 0.9] },
  "training": { "epochs": 100, "seed": 7, "optimizer": { "type": "adam", "learning_rate": 0.003 }, "early_stopping": { "patience": 15 } }
}
JSON
train "$FILES/job.json"

step 'Scores on the last years, which training never saw, beside the seasonal-naive forecast; then by stretch of time'
curl -sS "$API/v1/models/co2/card" | node -p '
  const { model, baseline, folds } = JSON.parse(fs.readFileSync(0)).held_out;
  const told = ({ mase, interval }) => `MASE ${mase.toFixed(2)}, 80 % intervals held ${(100 * interval.coverage).toFixed(0)} %`;
  [`model: ${told(model)}`, `seasonal naive: ${told(baseline)}`, ...folds.map((fold, index) => `  fold ${index + 1}: ${told(fold.model)}`)].join("\n")'

step 'The next twelve months'
curl -sS "$API/v1/datasets/$DATASET/rows?limit=24&offset=717" |
  node -p 'JSON.stringify({ inputs: [{ rows: JSON.parse(fs.readFileSync(0)).data }] })' |
  curl -sS "$API/v1/models/co2/predictions" -H 'Content-Type: application/json' -d @- |
  node -p 'const [{ forecast, distribution }] = JSON.parse(fs.readFileSync(0)).predictions;
    forecast.map(({ Date, CO2 }, step) => { const { lower, upper } = distribution[step].CO2.intervals[0]; return `${Date}  ${CO2.toFixed(2)}  (${lower.toFixed(2)} to ${upper.toFixed(2)})`; }).join("\n")'
