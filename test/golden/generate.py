"""Golden values for the engine, made by PyTorch in float64.

usage: python generate.py            (needs torch; writes rnn.json, lstm.json and gru.json beside this file)

Each file holds the cases of one cell: layers 1 and 2; an output after the last step (sequence_to_vector) or after every
step (sequence_to_sequence); mean squared or mean absolute error; with and without clipping by global norm. What every
tensor means, the gate order and what is kept at zero is written into the file; README.md tells it in prose.

Inputs, targets and first parameters are float32 values, so an engine that computes in float32 starts from the very same
numbers. All that follows from them is computed in float64 and written with 10 significant digits.
"""

import json
import pathlib
import platform

import torch

SEED = 24
DIGITS = 10
# T·N·O is a power of two: the gradient of an absolute error is then a sum of exact fractions, and where the signs cancel
# it is zero in every precision (Adam would make a whole step of what rounding leaves).
INPUT, HIDDEN, STEPS, BATCH, OUTPUT = 3, 5, 8, 4, 2
BATCHES = 3
CLIP_NORM = 0.02
ADAM = {"learning_rate": 1e-2, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}

CELLS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
GATES = {"rnn": ["h"], "lstm": ["i", "f", "g", "o"], "gru": ["r", "z", "n"]}
LOSSES = {"mse": torch.nn.MSELoss, "mae": torch.nn.L1Loss}
ARCHITECTURES = ["sequence_to_vector", "sequence_to_sequence"]
# Where PyTorch has two biases whose sum alone matters, the recurrent one is zero and takes no part in training.
# The candidate of a GRU is the one gate with a recurrent bias of its own (it is multiplied by the reset gate).
GATES_WITH_RECURRENT_BIAS = {"rnn": [], "lstm": [], "gru": ["n"]}


def uniform(generator, *shape):
    """float32 numbers in (-1, 1), held as float64."""
    return (torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 1).float().double()


class Network(torch.nn.Module):
    """A stack of recurrent layers and a linear head on the top layer's hidden state."""

    def __init__(self, cell, layers, architecture, generator):
        super().__init__()
        self.architecture = architecture
        self.recurrent = CELLS[cell](INPUT, HIDDEN, num_layers=layers).double()  # time-major: x [T,N,I]
        self.head = torch.nn.Linear(HIDDEN, OUTPUT).double()
        own = [gate in GATES_WITH_RECURRENT_BIAS[cell] for gate in GATES[cell]]
        self.recurrent_bias_mask = torch.tensor(own).double().repeat_interleave(HIDDEN)  # [G·H]
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_((uniform(generator, *parameter.shape) / HIDDEN**0.5).float())
            for name, parameter in self.recurrent.named_parameters():
                if not name.startswith("bias_hh"):
                    continue
                parameter.mul_(self.recurrent_bias_mask)
                if any(own):
                    parameter.register_hook(lambda gradient: gradient * self.recurrent_bias_mask)
                else:
                    parameter.requires_grad_(False)

    def forward(self, x):
        """x [T,N,I] -> [1,N,O] or [T,N,O]."""
        states, _ = self.recurrent(x)
        return self.head(states if self.architecture == "sequence_to_sequence" else states[-1:])

    def named(self):
        """Parameters under the names of the file: layers.<l>.weight_ih … head.bias."""
        for name, parameter in self.recurrent.named_parameters():
            kind, layer = name.rsplit("_l", 1)
            yield f"layers.{layer}.{kind}", parameter
        yield "head.weight", self.head.weight
        yield "head.bias", self.head.bias


def tensor(value):
    numbers = [float(f"{number:.{DIGITS}g}") for number in value.detach().reshape(-1).tolist()]
    return {"shape": list(value.shape), "data": numbers}


def golden_case(cell, layers, architecture, loss_name, clip_norm):
    # The same numbers for each loss and clipping of one network.
    generator = torch.Generator().manual_seed(SEED + 10 * layers + ARCHITECTURES.index(architecture))
    network = Network(cell, layers, architecture, generator)
    target_steps = STEPS if architecture == "sequence_to_sequence" else 1
    batches = [
        {"x": uniform(generator, STEPS, BATCH, INPUT), "y": uniform(generator, target_steps, BATCH, OUTPUT)}
        for _ in range(BATCHES)
    ]
    loss_of = LOSSES[loss_name]()
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(
        trained, lr=ADAM["learning_rate"], betas=(ADAM["beta1"], ADAM["beta2"]), eps=ADAM["epsilon"]
    )
    case = {
        "name": f"{cell}, {layers} layer{'s' * (layers > 1)}, {architecture}, {loss_name}, "
        + (f"clipped at {clip_norm}" if clip_norm else "not clipped"),
        "layers": layers,
        "architecture": architecture,
        "loss": loss_name,
        "clip_norm": clip_norm,
        "batches": [{name: tensor(value) for name, value in batch.items()} for batch in batches],
        "initial_parameters": {name: tensor(value) for name, value in network.named()},
    }
    losses = []
    for step, batch in enumerate(batches):
        optimizer.zero_grad()
        outputs = network(batch["x"])
        loss = loss_of(outputs, batch["y"])
        loss.backward()
        losses.append(loss.item())
        # An absolute error has no gradient at zero: no residual may be near it.
        assert loss_name == "mse" or (outputs - batch["y"]).abs().min() > 1e-4, "choose another seed"
        for parameter in trained:
            # The first steps of Adam depend on the relative error of a gradient, so none may be lost in rounding.
            size = parameter.grad.abs()
            assert ((size == 0) | (size > 2e-6 * size.max())).all(), "choose another seed"
        if step == 0:
            case["outputs"] = tensor(outputs)
            case["gradients"] = {
                name: tensor(value.grad) for name, value in network.named() if value.requires_grad
            }
        norm = torch.nn.utils.clip_grad_norm_(trained, clip_norm if clip_norm else float("inf"))
        assert clip_norm is None or norm > 1.5 * clip_norm, "nothing was clipped"
        if step == 0:
            case["gradient_norm"] = float(f"{norm.item():.{DIGITS}g}")
        optimizer.step()
    case["losses"] = [float(f"{loss:.{DIGITS}g}") for loss in losses]
    case["final_parameters"] = {name: tensor(value) for name, value in network.named()}
    return case


def golden_file(cell):
    own = GATES_WITH_RECURRENT_BIAS[cell]
    return {
        "cell": cell,
        "made_by": {
            "script": "test/golden/generate.py",
            "torch": torch.__version__,
            "python": platform.python_version(),
            "seed": SEED,
            "dtype": "float64",
        },
        "axes": {"input": INPUT, "hidden": HIDDEN, "steps": STEPS, "batch": BATCH, "output": OUTPUT},
        "gate_order": GATES[cell],
        "optimizer": {"type": "adam", **ADAM},
        "notes": [
            "A tensor is {shape, data}, row-major. Weights are stacked gate-major in gate_order: weight_ih [G·H,I] (layer 0) or [G·H,H], weight_hh [G·H,H], biases [G·H]; head.weight [O,H], head.bias [O].",
            "batches: x [T,N,I] and y [S,N,O], S = T for sequence_to_sequence, else 1. Losses are means over all S·N·O numbers.",
            "outputs, gradients (before clipping) and gradient_norm belong to batches[0] and initial_parameters; losses[k] to batches[k] after k steps; final_parameters come after one Adam step on each batch in turn.",
            "gradient_norm and clipping are over all trained parameters at once; clipping multiplies the gradient by min(1, clip_norm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_ does.",
            "bias_hh is "
            + (
                f"trained for gate {', '.join(own)} alone: its other parts are zero, get no gradient (zero in gradients) and stay zero."
                if own
                else "zero, frozen, absent from gradients, from the norm and from Adam: bias_ih alone is trained."
            ),
            *(["Reset-after form: n = tanh(W x + b_ih + r * (R h + b_hh)), h' = (1 - z) * n + z * h."] if cell == "gru" else []),
        ],
        "cases": [
            golden_case(cell, layers, architecture, loss, clip_norm)
            for layers in (1, 2)
            for architecture in ARCHITECTURES
            for loss in LOSSES
            for clip_norm in (None, CLIP_NORM)
        ],
    }


def written(value, indent=""):
    """JSON with one line per tensor, so that a difference can be read."""
    if isinstance(value, dict) and value.keys() != {"shape", "data"}:
        inner = indent + "  "
        lines = [f"{inner}{json.dumps(key)}: {written(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        inner = indent + "  "
        return "[\n" + ",\n".join(inner + written(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main():
    torch.set_num_threads(1)
    for cell in CELLS:
        path = pathlib.Path(__file__).parent / f"{cell}.json"
        path.write_text(written(golden_file(cell)) + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
