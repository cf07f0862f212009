#!/usr/bin/env bash
# Teaches a network to hear digits in voices that it has never heard. Needs a running service (npm start), curl, node, espeak-ng and zip.
#   examples/spoken-digits.sh [address of the service]
set -euo pipefail
for program in espeak-ng zip; do
  command -v "$program" > /dev/null || { echo "expected $program on the PATH; on Debian and Ubuntu: apt-get install espeak-ng zip" >&2; exit 1; }
done
. "$(dirname "$0")/api.sh"
mkdir "$FILES/digits" "$FILES/strangers"

step 'Sixty voices of espeak-ng say the digits, fast and slowly, high and low, in five accents, with noise; ten more voices are kept for the end'
node --input-type=module -e '
  import { execFile } from "node:child_process";
  import { readFileSync, writeFileSync } from "node:fs";
  import { promisify } from "node:util";
  const [folder] = process.argv.slice(1);
  const digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
  const accents = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029"];
  const heard = "m1 m2 m3 m4 m5 m6 m7 f1 f2 f3 f4 Alex Alicia Andrea Andy Denis Diogo Gene Henrique Hugo Jacky Lee Marco Mario Michael Nguyen adam anika antonio aunty belinda benjamin boris caleb croak david ed edward grandma grandpa gustave iven iven2 john kaukovalta klatt klatt2 klatt3 klatt4 linda marcelo max michel miguel norbert pablo paul pedro quincy rob".split(" ");
  const strangers = "m8 f5 Annie Mike robert sandro shelby steph travis victor".split(" ");

  // Numbers that are the same in every run: mulberry32
  let state = 7;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from, to) => Math.round(from + (to - from) * random());
  const bell = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

  const say = promisify(execFile);
  async function record(path, { voice, accent, speed, pitch, digit }) {
    await say("espeak-ng", ["-v", `${accent}+${voice}`, "-s", String(speed), "-p", String(pitch), "-w", path, digits[digit]]);
    return readFileSync(path);
  }
  // White noise, 10 to 30 dB below the voice: the header of espeak-ng has 44 bytes, samples 16 bits
  function addNoise(path, wav) {
    const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length - (wav.length % 2)));
    const level = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length) / 10 ** (between(10, 30) / 20);
    samples.forEach((x, at) => wav.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(x + level * bell()))), 44 + 2 * at));
    writeFileSync(path, wav);
  }
  async function recordings(into, voices, times) {
    const asked = voices.flatMap((voice) => digits.flatMap((_, digit) => Array.from({ length: times }, (_, time) => (
      { voice, digit, accent: accents[between(0, accents.length - 1)], speed: between(110, 220), pitch: between(20, 80), file_name: `${voice}-${digit}-${time}.wav` }
    ))));
    for (let first = 0; first < asked.length; first += 8) {
      const some = asked.slice(first, first + 8);
      const wavs = await Promise.all(some.map((one) => record(`${folder}/${into}/${one.file_name}`, one)));
      wavs.forEach((wav, at) => addNoise(`${folder}/${into}/${some[at].file_name}`, wav));
    }
    const rows = asked.map(({ file_name, digit, voice, accent, speed, pitch }) => [file_name, digits[digit], voice, accent, speed, pitch].join());
    writeFileSync(`${folder}/${into}/metadata.csv`, ["file_name,digit,voice,accent,speed,pitch", ...rows].join("\n"));
    console.log(`${asked.length} recordings of ${voices.length} voices`);
  }
  await recordings("digits", heard, 6);
  await recordings("strangers", strangers, 2);
' "$FILES"
(cd "$FILES/digits" && zip -q -r ../digits.zip .)
upload spoken-digits application/zip "$FILES/digits.zip"

step 'Train: log-mel spectra in, a digit out. A fifth of the voices is for the choice of the epoch, a fifth for the scores; training hears none of them'
cat > "$FILES/job.json" <<JSON
{
  "dataset_id": "$DATASET",
  "name": "spoken-digits",
  "architecture": "sequence_to_vector",
  "data": {
    "inputs": [{ "column": "audio", "audio": "log_mel", "sample_rate": 16000, "hop_ms": 12.5, "mels": 32, "max_seconds": 1.5 }],
    "targets": [{ "column": "digit" }],
    "split": { "by": "voice", "validation": 0.2, "test": 0.2 }
  },
  "model": { "cell": "gru", "hidden_size": 64, "bidirectional": true },
  "output": { "type": "classification" },
  "training": {
    "epochs": 30, "batch_size": 32, "seed": 7,
    "optimizer": { "type": "adam", "learning_rate": 0.003 }, "early_stopping": { "patience": 8 }
  }
}
JSON
train "$FILES/job.json"

step 'Scores on the voices that training never heard, beside the majority'
curl -sS "$API/v1/models/spoken-digits/card" | node -p '
  const { model, baselines } = JSON.parse(fs.readFileSync(0)).held_out;
  const told = ({ accuracy, macro_f1, log_loss }) => ({ accuracy, macro_f1, log_loss });
  ({ model: told(model), majority: told(baselines.majority_class) })'

step 'Ten more voices, as files of a form: what does it hear?'
node --input-type=module -e '
  import { openAsBlob, readFileSync } from "node:fs";
  const [folder, url] = process.argv.slice(1);
  const said = readFileSync(`${folder}/metadata.csv`, "utf8").split("\n").slice(1).map((line) => line.split(","));
  const wrong = [];
  for (let first = 0; first < said.length; first += 50) {
    const some = said.slice(first, first + 50);
    const form = new FormData();
    for (const [at, [file]] of some.entries()) form.append(`/inputs/${at}/row/audio`, await openAsBlob(`${folder}/${file}`), file);
    const response = await fetch(url, { method: "POST", body: form });
    if (!response.ok) throw new Error(await response.text());
    (await response.json()).predictions.forEach(({ label }, at) => { if (label !== some[at][1]) wrong.push(`${some[at][1]} of ${some[at][2]} heard as ${label}`); });
  }
  console.log(`${said.length - wrong.length} of ${said.length} right (${(100 - (100 * wrong.length) / said.length).toFixed(2)} %)${wrong.length ? `; ${wrong.join("; ")}` : ""}`);
' "$FILES/strangers" "$API/v1/models/spoken-digits/predictions"
