"""Golden values for what PyTorch has no layer of its own for, or another one: both directions, peepholes, layer normalisation; in float64.

usage: python cells.py > cells.json            (needs torch)

The equations are written here with torch's functions, step by step, and differentiated by it; both directions also with torch.nn.LSTM and GRU, which
must agree. Parameters have the engine's names and the engine's order of gates (LSTM i f o g, GRU z r n).
"""

import json
import platform

import torch
from torch.nn import functional

SEED = 11
DIGITS = 12
INPUT, HIDDEN, STEPS, BATCH, OUTPUT, BATCHES, LAYERS = 3, 5, 6, 4, 2, 3, 2
ADAM = {"learning_rate": 1e-2, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
GATES = {"rnn": 1, "lstm": 4, "gru": 3}

CASES = [
    {"name": "lstm, both directions", "cell": "lstm", "bidirectional": True},
    {"name": "gru, both directions", "cell": "gru", "bidirectional": True},
    {"name": "lstm with peepholes", "cell": "lstm", "peepholes": True},
    {"name": "layer-normalised rnn", "cell": "rnn", "layerNorm": True},
    {"name": "layer-normalised lstm", "cell": "lstm", "layerNorm": True},
    {"name": "layer-normalised gru", "cell": "gru", "layerNorm": True},
    {"name": "layer-normalised lstm with peepholes, both directions", "cell": "lstm", "layerNorm": True, "peepholes": True, "bidirectional": True},
]


def uniform(generator, *shape):
    return (torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 1).float().double()


def parameters_of(case, generator):
    found = {}
    cell, H = case["cell"], HIDDEN
    rows = GATES[cell] * H
    directions = ["", "_reverse"] if case.get("bidirectional") else [""]
    for layer in range(LAYERS):
        for direction in directions:
            width = INPUT if layer == 0 else H * len(directions)
            shapes = {"weight_ih": (rows, width), "weight_hh": (rows, H), "bias": (rows, 1)}
            if cell == "gru":
                shapes["bias_hh"] = (H, 1)
            if case.get("peepholes"):
                shapes["peephole"] = (3 * H, 1)
            if case.get("layerNorm"):
                shapes |= {"gain_ih": (rows, 1), "gain_hh": (rows, 1)}
                if cell == "lstm":
                    shapes |= {"gain_c": (H, 1), "bias_c": (H, 1)}
            for name, shape in shapes.items():
                found[f"layers.{layer}.{name}{direction}"] = uniform(generator, *shape)
    found["head.weight"] = uniform(generator, OUTPUT, H * len(directions))
    found["head.bias"] = uniform(generator, OUTPUT, 1)
    return {name: value.requires_grad_() for name, value in found.items()}


def normalize(x, gain, blocks):
    """Each of some blocks of features by itself; x [N,B·H]."""
    N, width = x.shape
    separate = x.reshape(N, blocks, width // blocks)
    return functional.layer_norm(separate, separate.shape[2:], eps=1e-5).reshape(N, width) * gain.T


def direction_of(case, parameter, xs):
    """xs [T,N,I] -> outputs [T,N,H]."""
    cell, H = case["cell"], HIDDEN
    blocks = GATES[cell]
    norm = (lambda x, gain, n=blocks: normalize(x, parameter(gain), n)) if case.get("layerNorm") else (lambda x, gain, n=blocks: x)
    h = c = torch.zeros(xs.shape[1], H, dtype=torch.float64)
    outputs = []
    for x in xs:
        projected = norm(x @ parameter("weight_ih").T, "gain_ih") + parameter("bias").T
        recurrent = norm(h @ parameter("weight_hh").T, "gain_hh")
        if cell == "rnn":
            h = torch.tanh(projected + recurrent)
        elif cell == "gru":
            z, r, n = (projected).split(H, dim=1)
            rz, rr, rn = recurrent.split(H, dim=1)
            z, r = torch.sigmoid(z + rz), torch.sigmoid(r + rr)
            n = torch.tanh(n + r * (rn + parameter("bias_hh").T))
            h = (1 - z) * n + z * h
        else:
            i, f, o, g = (projected + recurrent).split(H, dim=1)
            pi, pf, po = parameter("peephole").T.split(H, dim=1) if case.get("peepholes") else (0, 0, 0)
            i, f = torch.sigmoid(i + pi * c), torch.sigmoid(f + pf * c)
            c = f * c + i * torch.tanh(g)
            o = torch.sigmoid(o + po * c)
            seen = norm(c, "gain_c", 1) + parameter("bias_c").T if case.get("layerNorm") else c
            h = o * torch.tanh(seen)
        outputs.append(h)
    return torch.stack(outputs)


def forward(case, parameters, x):
    """x [T,N,I] -> [T,N,O]."""
    for layer in range(LAYERS):
        there = direction_of(case, lambda name: parameters[f"layers.{layer}.{name}"], x)
        if case.get("bidirectional"):
            back = direction_of(case, lambda name: parameters[f"layers.{layer}.{name}_reverse"], x.flip(0)).flip(0)
            x = torch.cat([there, back], dim=2)
        else:
            x = there
    return x @ parameters["head.weight"].T + parameters["head.bias"].T


def agrees_with_torch(case, parameters, x):
    """Both directions beside torch.nn's own layer, whose gates are in another order."""
    order = {"lstm": [0, 1, 3, 2], "gru": [1, 0, 2]}[case["cell"]]  # torch's gates, as places in the engine's order
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[case["cell"]]
    layer = kind(INPUT, HIDDEN, num_layers=LAYERS, bidirectional=True).double()
    blocks = lambda value: torch.cat([value.split(HIDDEN)[gate] for gate in order])
    with torch.no_grad():
        for number in range(LAYERS):
            for direction in ("", "_reverse"):
                own = lambda name: parameters[f"layers.{number}.{name}{direction}"]
                target = lambda name: getattr(layer, f"{name}_l{number}{direction}")
                target("weight_ih").copy_(blocks(own("weight_ih")))
                target("weight_hh").copy_(blocks(own("weight_hh")))
                target("bias_ih").copy_(blocks(own("bias")).squeeze(1))
                target("bias_hh").zero_()
                if case["cell"] == "gru":
                    target("bias_hh")[2 * HIDDEN :] = own("bias_hh").squeeze(1)
        outputs, _ = layer(x)
        expected = outputs @ parameters["head.weight"].T + parameters["head.bias"].T
        assert torch.allclose(forward(case, parameters, x), expected, rtol=0, atol=1e-12)


def tensor(value):
    numbers = [float(f"{number:.{DIGITS}g}") for number in value.detach().reshape(-1).tolist()]
    return {"shape": list(value.shape), "data": numbers}


def golden(case, index):
    generator = torch.Generator().manual_seed(SEED + index)
    parameters = parameters_of(case, generator)
    batches = [
        {"x": uniform(generator, STEPS, BATCH, INPUT), "y": uniform(generator, STEPS, BATCH, OUTPUT)}
        for _ in range(BATCHES)
    ]
    if case.get("bidirectional") and not case.get("layerNorm"):
        agrees_with_torch(case, parameters, batches[0]["x"])
    result = {
        **case,
        "layers": LAYERS,
        "batches": [{name: tensor(value) for name, value in batch.items()} for batch in batches],
        "initial_parameters": {name: tensor(value) for name, value in parameters.items()},
    }
    optimizer = torch.optim.Adam(
        parameters.values(), lr=ADAM["learning_rate"], betas=(ADAM["beta1"], ADAM["beta2"]), eps=ADAM["epsilon"]
    )
    losses = []
    for step, batch in enumerate(batches):
        optimizer.zero_grad()
        outputs = forward(case, parameters, batch["x"])
        loss = functional.mse_loss(outputs, batch["y"])
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            result["outputs"] = tensor(outputs)
            result["gradients"] = {name: tensor(value.grad) for name, value in parameters.items()}
        optimizer.step()
    return {**result, "losses": losses, "final_parameters": {name: tensor(value) for name, value in parameters.items()}}


print(
    json.dumps(
        {
            "made_by": {"torch": torch.__version__, "python": platform.python_version(), "seed": SEED},
            "sizes": {"input": INPUT, "hidden": HIDDEN, "output": OUTPUT},
            "optimizer": {"type": "adam", **ADAM},
            "cases": [golden(case, index) for index, case in enumerate(CASES)],
        }
    )
)
