"""Golden values of truncated backpropagation through time, made by PyTorch in float64.

usage: python carried.py            (needs torch; writes carried.json beside this file)

A long sequence is cut into three chunks; each makes an optimiser step, and goes on from the states in which the one before left off,
detached. In the last chunk one row of the batch begins anew (its states are set to 0), as where one series ends and another begins.
The networks, and how numbers are chosen and written, are those of generate.py.
"""

import json
import pathlib
import platform

import torch

from generate import ADAM, BATCH, CELLS, GATES, HIDDEN, INPUT, OUTPUT, Network, tensor, uniform, written

SEED = 51
CHUNKS, STEPS = 3, 4
CLIP_NORM = 0.05
# The row that begins anew before each chunk, if one does.
KEEP = [[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 1, 1]]


def golden_case(cell, layers):
    generator = torch.Generator().manual_seed(SEED + layers)
    network = Network(cell, layers, "sequence_to_sequence", generator)
    x = uniform(generator, CHUNKS * STEPS, BATCH, INPUT)
    y = uniform(generator, CHUNKS * STEPS, BATCH, OUTPUT)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(
        trained, lr=ADAM["learning_rate"], betas=(ADAM["beta1"], ADAM["beta2"]), eps=ADAM["epsilon"]
    )
    case = {
        "name": f"{cell}, {layers} layer{'s' * (layers > 1)}",
        "layers": layers,
        "x": tensor(x),
        "y": tensor(y),
        "initial_parameters": {name: tensor(value) for name, value in network.named()},
    }
    zero = torch.zeros(layers, BATCH, HIDDEN, dtype=torch.float64)
    states = (zero, zero) if cell == "lstm" else (zero,)
    losses, norms = [], []
    for chunk in range(CHUNKS):
        optimizer.zero_grad()
        keep = torch.tensor(KEEP[chunk], dtype=torch.float64).reshape(1, BATCH, 1)
        states = tuple(state.detach() * keep for state in states)
        rows = slice(chunk * STEPS, (chunk + 1) * STEPS)
        outputs, last = network.recurrent(x[rows], states if cell == "lstm" else states[0])
        states = last if cell == "lstm" else (last,)
        loss = torch.nn.functional.mse_loss(network.head(outputs), y[rows])
        loss.backward()
        for parameter in trained:
            size = parameter.grad.abs()
            assert ((size == 0) | (size > 2e-6 * size.max())).all(), "choose another seed"
        norm = torch.nn.utils.clip_grad_norm_(trained, CLIP_NORM)
        optimizer.step()
        losses.append(float(f"{loss.item():.10g}"))
        norms.append(float(f"{norm.item():.10g}"))
    case["losses"] = losses
    case["gradient_norms"] = norms
    # [layers,N,H] of each state
    case["final_states"] = {name: tensor(state) for name, state in zip(("h", "c"), states)}
    case["final_parameters"] = {name: tensor(value) for name, value in network.named()}
    return case


def main():
    torch.set_num_threads(1)
    file = {
        "made_by": {
            "script": "test/golden/carried.py",
            "torch": torch.__version__,
            "python": platform.python_version(),
            "seed": SEED,
            "dtype": "float64",
        },
        "axes": {"input": INPUT, "hidden": HIDDEN, "batch": BATCH, "output": OUTPUT},
        "chunks": CHUNKS,
        "chunk_steps": STEPS,
        "keep": KEEP,
        "clip_norm": CLIP_NORM,
        "optimizer": {"type": "adam", **ADAM},
        "notes": [
            "x [chunks·T,N,I] and y [chunks·T,N,O]; the loss is the mean squared error of all outputs of a chunk. Parameters as in the files of generate.py.",
            "keep [chunks][N]: 0 where a row begins a chunk with states of 0, 1 where it goes on from its own, detached. One Adam step after each chunk.",
            "final_states [layers,N,H] after the last chunk, computed with the parameters before its step.",
        ],
        "cells": [
            {
                "cell": cell,
                "gate_order": GATES[cell],
                "cases": [golden_case(cell, layers) for layers in (1, 2)],
            }
            for cell in CELLS
        ],
    }
    path = pathlib.Path(__file__).parent / "carried.json"
    path.write_text(written(file) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
