"""Golden values of every cell x structure x loss x optimiser that PyTorch has, in float64.

usage: python matrix.py > matrix.json            (needs torch)

Networks are torch.nn's own layers: an RNN with tanh or relu, an LSTM, a GRU; two layers, both directions, or both; a linear head on every step. For each of
them and each loss: the outputs, the loss and the gradient of every parameter; and for each optimiser all parameters after three steps on three batches.
Parameters have the engine's names and its order of gates (LSTM i f o g, GRU z r n) and come in the order of `layout`, in one flat list.
What PyTorch has two biases for, where one is enough, has one: bias_hh is zero and takes no part in training but for a GRU's candidate.
Weight decay (of AdamW) is for weights alone, so biases are a group of their own.
"""

import json
import platform

import torch
from torch.nn import functional

SEED = 30
DIGITS = 10
INPUT, HIDDEN, STEPS, BATCH, BATCHES = 2, 2, 4, 4, 3
CLASSES = 3
QUANTILES = [0.1, 0.5, 0.9]
WIDEST = 3
CELLS = {
    "rnn": (torch.nn.RNN, {"nonlinearity": "tanh"}, [0]),
    "rnn relu": (torch.nn.RNN, {"nonlinearity": "relu"}, [0]),
    "lstm": (torch.nn.LSTM, {}, [0, 1, 3, 2]),
    "gru": (torch.nn.GRU, {}, [1, 0, 2]),
}  # the last: torch's gates, as places in the engine's order; its own inverse
STRUCTURES = {
    "two layers": {"num_layers": 2},
    "both directions": {"bidirectional": True},
    "two layers, both directions": {"num_layers": 2, "bidirectional": True},
}


def gaussian(prediction, target):
    mean, width = prediction.chunk(2, dim=-1)
    deviation = functional.softplus(width) + 1e-3
    return torch.nn.GaussianNLLLoss(full=True)(mean, target, deviation**2)


def student_t(prediction, target):
    location, width, freedom = prediction.chunk(3, dim=-1)
    scale = functional.softplus(width) + 1e-3
    return -torch.distributions.StudentT(functional.softplus(freedom) + 2.01, location, scale).log_prob(target).mean()


def quantile(prediction, target):
    levels = torch.tensor(QUANTILES, dtype=torch.float64)
    return torch.maximum(levels * (target - prediction), (levels - 1) * (target - prediction)).mean()


def cross_entropy(prediction, target):
    return functional.cross_entropy(prediction.reshape(-1, CLASSES), target.reshape(-1).long(), label_smoothing=0.1)


LOSSES = {  # outputs of the head, and the loss
    "mse": (1, functional.mse_loss),
    "mae": (1, functional.l1_loss),
    "huber": (1, functional.huber_loss),
    "gaussian": (2, gaussian),
    "student_t": (3, student_t),
    "quantile": (len(QUANTILES), quantile),
    "cross_entropy": (CLASSES, cross_entropy),
}
# Epsilons are large: with small ones the first steps depend on the relative error of each gradient, which float32 loses near zero.
OPTIMIZERS = [
    ({"type": "sgd", "learning_rate": 0.1, "momentum": 0, "nesterov": False, "weight_decay": 0}, torch.optim.SGD, {}),
    ({"type": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0}, torch.optim.SGD,
     {"momentum": 0.9, "nesterov": True}),
    ({"type": "rmsprop", "learning_rate": 0.01, "alpha": 0.9, "epsilon": 1e-3, "weight_decay": 0}, torch.optim.RMSprop,
     {"alpha": 0.9, "eps": 1e-3}),
    ({"type": "adam", "learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-3}, torch.optim.Adam,
     {"eps": 1e-3}),
    ({"type": "adamw", "learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-3, "weight_decay": 0.1},
     torch.optim.AdamW, {"eps": 1e-3, "weight_decay": 0.1}),
]


def uniform(generator, *shape):
    return (torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 1).float().double()


class Network:
    def __init__(self, cell, structure, generator):
        kind, options, self.order = CELLS[cell]
        self.layer = kind(INPUT, HIDDEN, **options, **STRUCTURES[structure]).double()
        self.own_bias = cell == "gru"
        width = HIDDEN * (2 if self.layer.bidirectional else 1)
        self.head = torch.nn.Linear(width, WIDEST).double()
        with torch.no_grad():
            for name, parameter in [*self.layer.named_parameters(), *self.head.named_parameters()]:
                parameter.copy_(uniform(generator, *parameter.shape))
                if name.startswith("bias_hh"):
                    parameter.zero_()
                    if self.own_bias:
                        parameter[2 * HIDDEN :] = uniform(generator, HIDDEN)

    def named(self, rows):
        """(engine's name, parameter, how its numbers stand in the engine), in the engine's order; `rows` of the head."""
        gates = lambda value: torch.cat([value.split(HIDDEN)[gate] for gate in self.order])
        for layer in range(self.layer.num_layers):
            for direction in ["", "_reverse"] if self.layer.bidirectional else [""]:
                of = lambda name: getattr(self.layer, f"{name}_l{layer}{direction}")
                for name, own in [("weight_ih", "weight_ih"), ("weight_hh", "weight_hh"), ("bias", "bias_ih")]:
                    yield f"layers.{layer}.{name}{direction}", of(own), gates
                if self.own_bias:
                    yield f"layers.{layer}.bias_hh{direction}", of("bias_hh"), lambda value: value[2 * HIDDEN :]
        yield "head.weight", self.head.weight, lambda value: value[:rows]
        yield "head.bias", self.head.bias, lambda value: value[:rows]

    def forward(self, x, rows):
        states, _ = self.layer(x)
        return self.head(states)[..., :rows]

    def mask(self):
        """What is not trained has no gradient: bias_hh, but for the candidate of a GRU."""
        for name, parameter in self.layer.named_parameters():
            if name.startswith("bias_hh"):
                parameter.grad[: 2 * HIDDEN if self.own_bias else None] = 0


def numbers(value):
    return [float(f"{number:.{DIGITS}g}") for number in value.detach().reshape(-1).tolist()]


def flat(network, rows, of=lambda parameter: parameter):
    return [number for _, parameter, form in network.named(rows) for number in numbers(form(of(parameter)))]


def groups(network, decay):
    decayed = [p for _, p, _ in network.named(WIDEST) if p.dim() == 2]
    others = [p for _, p, _ in network.named(WIDEST) if p.dim() == 1]
    return [{"params": decayed}, {"params": others, "weight_decay": 0}] if decay else [{"params": [*decayed, *others]}]


def case_of(cell, structure, seed):
    make = lambda: Network(cell, structure, torch.Generator().manual_seed(seed))
    generator = torch.Generator().manual_seed(seed + 1000)
    batches = [
        {
            "x": uniform(generator, STEPS, BATCH, INPUT),
            "y": uniform(generator, STEPS, BATCH, 1),
            "classes": torch.randint(CLASSES, (STEPS, BATCH, 1), generator=generator).double(),
        }
        for _ in range(BATCHES)
    ]
    losses = {}
    for loss_name, (rows, loss_of) in LOSSES.items():
        target = "classes" if loss_name == "cross_entropy" else "y"
        result = {"final_parameters": []}
        for specification, optimizer_of, options in OPTIMIZERS:
            network = make()
            optimizer = optimizer_of(
                groups(network, "weight_decay" in options), lr=specification["learning_rate"], **options
            )
            for step, batch in enumerate(batches):
                optimizer.zero_grad()
                outputs = network.forward(batch["x"], rows)
                loss = loss_of(outputs, batch[target])
                loss.backward()
                network.mask()
                if loss_name in ("mae", "quantile") and (outputs - batch[target]).abs().min() < 1e-3:
                    raise ArithmeticError("a residual near zero")
                if step == 0:
                    result |= {
                        "outputs": numbers(outputs),
                        "loss": float(f"{loss.item():.{DIGITS}g}"),
                        "gradient": flat(network, rows, lambda parameter: parameter.grad),
                    }
                optimizer.step()
            result["final_parameters"].append(flat(network, rows))
        losses[loss_name] = result
    network = make()
    return {
        "name": f"{cell}, {structure}",
        "cell": cell.split()[0],
        "activation": "relu" if "relu" in cell else None,
        "layers": network.layer.num_layers,
        "bidirectional": network.layer.bidirectional,
        "seed": seed,
        "layout": [[name, list(form(parameter).shape)] for name, parameter, form in network.named(WIDEST)],
        "parameters": flat(network, WIDEST),
        "batches": [{name: numbers(value) for name, value in batch.items()} for batch in batches],
        "losses": losses,
    }


def golden(cell, structure):
    for seed in range(SEED, SEED + 100):
        try:
            return case_of(cell, structure, seed)
        except ArithmeticError:
            continue
    raise SystemExit("no seed without a residual near zero")


print(
    json.dumps(
        {
            "made_by": {"script": "test/golden/matrix.py", "torch": torch.__version__, "python": platform.python_version(), "seed": SEED},
            "sizes": {"input": INPUT, "hidden": HIDDEN, "steps": STEPS, "batch": BATCH, "classes": CLASSES, "widest": WIDEST},
            "quantiles": QUANTILES,
            "optimizers": [specification for specification, _, _ in OPTIMIZERS],
            "cases": [golden(cell, structure) for cell in CELLS for structure in STRUCTURES],
        },
        separators=(",", ":"),
    )
)
