"""What people would otherwise write to serve the same ONNX files: FastAPI, pydantic models, uvicorn, onnxruntime.

serve_fastapi.py PORT FORECAST.onnx READER.onnx VOCABULARY.json ASYNC|SYNC

POST /forecast     {"inputs": [{"rows": [{"value": 1.5}, …]}]}   -> {"predictions": [{"forecast": [{"value": 1.7}]}]}
POST /classify     {"inputs": [{"text": "…"}]}                   -> {"predictions": [{"label", "probability", "probabilities"}]}

uvicorn runs as its documentation recommends for one process: uvloop and httptools where they are installed, no access log.
"""

import json
import sys

import numpy as np
import onnxruntime as ort
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

port, forecast_file, reader_file, vocabulary_file, style = sys.argv[1:6]
forecast_session = ort.InferenceSession(forecast_file, providers=["CPUExecutionProvider"])
reader_session = ort.InferenceSession(reader_file, providers=["CPUExecutionProvider"])
with open(vocabulary_file, encoding="utf-8") as file:
    ids = {token: index + 2 for index, token in enumerate(json.load(file))}
labels = ["ham", "spam"]


class Series(BaseModel):
    rows: list[dict[str, float]]


class ForecastRequest(BaseModel):
    inputs: list[Series]


class Text(BaseModel):
    text: str


class ReaderRequest(BaseModel):
    inputs: list[Text]


app = FastAPI()


def forecast(request: ForecastRequest):
    x = np.array([[[row["value"]] for row in series.rows] for series in request.inputs], dtype=np.float32)
    (y,) = forecast_session.run(["y"], {"x": x})
    return {"predictions": [{"forecast": [{"value": float(value)} for value in row[:, 0]]} for row in y]}


def classify(request: ReaderRequest):
    texts = [[ids.get(token, 1) for token in item.text] for item in request.inputs]
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    tokens = np.zeros((len(texts), int(lengths.max())), dtype=np.int64)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = text
    (probabilities,) = reader_session.run(["probabilities"], {"tokens": tokens, "lengths": lengths})
    answers = []
    for row in probabilities:
        ordered = sorted(zip(labels, row.tolist()), key=lambda pair: -pair[1])
        answers.append(
            {
                "label": ordered[0][0],
                "probability": ordered[0][1],
                "probabilities": [{"label": label, "probability": p} for label, p in ordered],
            }
        )
    return {"predictions": answers}


async def forecast_async(request: ForecastRequest):
    return forecast(request)


async def classify_async(request: ReaderRequest):
    return classify(request)


app.post("/forecast")(forecast_async if style == "ASYNC" else forecast)
app.post("/classify")(classify_async if style == "ASYNC" else classify)


@app.get("/versions")
def versions():
    import fastapi

    return {
        "python": sys.version.split()[0],
        "fastapi": fastapi.__version__,
        "uvicorn": uvicorn.__version__,
        "onnxruntime": ort.__version__,
    }


uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
