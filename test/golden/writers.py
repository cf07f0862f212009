"""Golden values for networks that write sequences, made by PyTorch in float64.

usage: python writers.py > writers.json            (needs torch)

An encoder (one LSTM, one bidirectional GRU, padded) and a decoder with attention over its outputs (Bahdanau et al. 2015, Luong et al. 2015), a
decoder from a last state, decoders that see it at every step, and decoders from a vector, of one layer and of several, plain and residual, written here the way people write them: cell by
cell, step by step, with torch.nn's cells.
Outputs, loss, the gradient of every parameter, and all parameters after three Adam steps. Numbers that training starts from are float32 values; all
that follows is float64 with 10 significant digits.
"""

import json
import platform

import torch
from torch.nn import functional

SEED = 7
DIGITS = 10
ADAM = {"learning_rate": 1e-2, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
INPUT, STEPS, WRITTEN, BATCH, BATCHES = 3, 5, 4, 3, 3
VOCABULARY, EMBEDDING, ATTENTION, VECTOR = 7, 4, 6, 3
CELLS = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}
LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}

FLAT = {"encoder_layers": 1, "decoder_layers": 1, "residual": False}

CASES = [
    {"name": "last state", "encoder": ("lstm", 5, False), "decoder": ("lstm", 5), "score": None, "padded": False, **FLAT},
    {"name": "additive", "encoder": ("gru", 4, True), "decoder": ("gru", 5), "score": "additive", "padded": True, **FLAT},
    {"name": "dot", "encoder": ("lstm", 5, False), "decoder": ("lstm", 5), "score": "dot", "padded": True, **FLAT},
    {"name": "scaled dot", "encoder": ("gru", 5, False), "decoder": ("lstm", 5), "score": "scaled_dot", "padded": False, **FLAT},
    {"name": "vector", "encoder": None, "decoder": ("gru", 5), "score": None, "padded": False, **FLAT},
    {
        "name": "two layers, each from its own",
        "encoder": ("lstm", 4, False),
        "decoder": ("lstm", 4),
        "score": None,
        "padded": True,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "residual": False,
    },
    {
        "name": "two layers, residual, additive",
        "encoder": ("gru", 4, False),
        "decoder": ("gru", 4),
        "score": "additive",
        "padded": True,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "residual": True,
    },
    {
        "name": "three layers on two of both directions, residual, dot",
        "encoder": ("gru", 3, True),
        "decoder": ("lstm", 6),
        "score": "dot",
        "padded": True,
        "encoder_layers": 2,
        "decoder_layers": 3,
        "residual": True,
    },
    {
        "name": "three layers on one, scaled dot",
        "encoder": ("lstm", 4, False),
        "decoder": ("lstm", 4),
        "score": "scaled_dot",
        "padded": False,
        "encoder_layers": 1,
        "decoder_layers": 3,
        "residual": False,
    },
    {
        "name": "vector, three layers, residual",
        "encoder": None,
        "decoder": ("lstm", 4),
        "score": None,
        "padded": False,
        "encoder_layers": 0,
        "decoder_layers": 3,
        "residual": True,
    },
    {"name": "context", "encoder": ("lstm", 5, False), "decoder": ("lstm", 5), "score": None, "padded": True, **FLAT, "context": True},
    {
        "name": "context of both directions, and nothing that was written",
        "encoder": ("lstm", 4, True),
        "decoder": ("lstm", 5),
        "score": None,
        "padded": True,
        **FLAT,
        "context": True,
        "told": False,
    },
    {"name": "context, additive", "encoder": ("gru", 4, True), "decoder": ("gru", 5), "score": "additive", "padded": True, **FLAT, "context": True},
    {
        "name": "context, dot, and nothing that was written",
        "encoder": ("gru", 5, False),
        "decoder": ("gru", 5),
        "score": "dot",
        "padded": False,
        **FLAT,
        "context": True,
        "told": False,
    },
]
# whether the encoder's last output goes into every step, and whether what was written last does
CASES = [{"context": False, "told": True, **case} for case in CASES]


def uniform(generator, *shape):
    return (torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 1).float().double()


class Writer(torch.nn.Module):
    def __init__(self, case):
        super().__init__()
        self.case = case
        cell, H = case["decoder"]
        self.states = 2 if cell == "lstm" else 1
        feed = H if case["score"] else 0
        vector = VECTOR if case["encoder"] is None else 0
        if case["context"]:
            vector = case["encoder"][1] * (2 if case["encoder"][2] else 1)
        written = 0
        if case["told"]:
            self.embedding = torch.nn.Embedding(VOCABULARY, EMBEDDING)
            written = EMBEDDING
        self.cells = torch.nn.ModuleList(
            [CELLS[cell](written + feed + vector if layer == 0 else H, H) for layer in range(case["decoder_layers"])]
        )
        self.head = torch.nn.Linear(H, VOCABULARY)
        self.bridge = None
        if case["encoder"] is None:
            self.bridge = self.bridges(VECTOR)
        else:
            encoder, size, both = case["encoder"]
            self.encoder = LAYERS[encoder](INPUT, size, bidirectional=both, num_layers=case["encoder_layers"])
            width = size * (2 if both else 1)
            if both or encoder != cell or case["encoder_layers"] != case["decoder_layers"]:
                self.bridge = self.bridges(width)
            if case["score"]:
                self.combine = torch.nn.Linear(width + H, H, bias=False)
            if case["score"] == "additive":
                self.query = torch.nn.Linear(H, ATTENTION, bias=False)
                self.key = torch.nn.Linear(width, ATTENTION, bias=False)
                self.score = torch.nn.Linear(ATTENTION, 1, bias=False)

    def bridges(self, width):
        """One for each state of each layer, layer by layer."""
        count = self.case["decoder_layers"] * self.states
        return torch.nn.ModuleList([torch.nn.Linear(width, self.case["decoder"][1]) for _ in range(count)])

    def first_states(self, ends):
        """Of each layer of the decoder; ends: [N,W] of each state of each layer of the encoder."""
        found = []
        for layer in range(self.case["decoder_layers"]):
            # layers that the encoder has not start from its top one
            own = ends[min(layer, len(ends) - 1)]
            # a state that the encoder's cell has not comes from its output state
            states = [own[i] if i < len(own) else own[0] for i in range(self.states)]
            if self.bridge is not None:
                states = [self.bridge[layer * self.states + i](state) for i, state in enumerate(states)]
            found.append(states)
        return found

    def forward(self, batch):
        """Scores [S,N,V]."""
        memory, vector = None, None
        if self.case["encoder"] is None:
            vector = batch["x"]
            layers = self.first_states([[vector]])
        else:
            packed = torch.nn.utils.rnn.pack_padded_sequence(batch["x"], batch["lengths"], enforce_sorted=False)
            outputs, last = self.encoder(packed)
            # behind the end of a row there is whatever: attention must not see it
            memory, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, total_length=STEPS)
            last = last if isinstance(last, tuple) else (last,)
            ways = 2 if self.case["encoder"][2] else 1
            layers = self.first_states(
                [
                    [torch.cat(list(state[layer * ways : (layer + 1) * ways]), dim=1) for state in last]
                    for layer in range(self.case["encoder_layers"])
                ]
            )
            if self.case["context"]:
                vector = torch.cat(list(last[0][-ways:]), dim=1)
        feed = torch.zeros(BATCH, self.case["decoder"][1], dtype=torch.float64)
        found = []
        for step in range(WRITTEN):
            parts = [self.embedding(batch["previous"][step])] if self.case["told"] else []
            if self.case["score"]:
                parts.append(feed)
            if vector is not None:
                parts.append(vector)
            x = torch.cat(parts, dim=1)
            for layer, cell in enumerate(self.cells):
                if self.states == 2:
                    layers[layer] = list(cell(x, tuple(layers[layer])))
                else:
                    layers[layer] = [cell(x, layers[layer][0])]
                x = layers[layer][0] + x if self.case["residual"] and layer > 0 else layers[layer][0]
            h = x
            if self.case["score"]:
                scores = self.scores(h, memory).masked_fill(~batch["seen"], float("-inf"))
                context = (functional.softmax(scores, dim=0).unsqueeze(2) * memory).sum(0)
                h = feed = torch.tanh(self.combine(torch.cat([context, h], dim=1)))
            found.append(self.head(h))
        return torch.stack(found)

    def scores(self, h, memory):
        """[T,N]."""
        if self.case["score"] == "additive":
            return self.score(torch.tanh(self.query(h) + self.key(memory))).squeeze(2)
        products = (memory * h).sum(2)
        return products / h.shape[1] ** 0.5 if self.case["score"] == "scaled_dot" else products


def tensor(value):
    numbers = [float(f"{number:.{DIGITS}g}") for number in value.detach().reshape(-1).double().tolist()]
    return {"shape": list(value.shape), "data": numbers}


def named(model, of):
    """Under PyTorch's own names; one bias where the sum of two alone matters: bias_hh is 0 and frozen but for a GRU's candidate."""
    return {name: tensor(of(parameter)) for name, parameter in model.named_parameters() if parameter.requires_grad}


def golden(case, index):
    generator = torch.Generator().manual_seed(SEED + index)
    model = Writer(case).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(uniform(generator, *parameter.shape))
        for name, parameter in model.named_parameters():
            if "bias_hh" not in name:
                continue
            kind = case["decoder"][0] if name.startswith("cells") else case["encoder"][0]
            if kind == "lstm":
                parameter.zero_().requires_grad_(False)
            else:
                mask = torch.zeros_like(parameter)
                mask[2 * parameter.shape[0] // 3 :] = 1
                parameter.mul_(mask)
                parameter.register_hook(lambda gradient, mask=mask: gradient * mask)
    batches = []
    for _ in range(BATCHES):
        lengths = torch.tensor([STEPS, 3, 2]) if case["padded"] else torch.full((BATCH,), STEPS)
        seen = torch.arange(STEPS).unsqueeze(1) < lengths.unsqueeze(0)
        shape = (BATCH, VECTOR) if case["encoder"] is None else (STEPS, BATCH, INPUT)
        y = torch.randint(0, VOCABULARY, (WRITTEN, BATCH), generator=generator)
        previous = torch.cat([torch.ones(1, BATCH, dtype=torch.long), y[:-1]])
        weights = torch.ones(WRITTEN, BATCH, dtype=torch.float64)
        weights[2:, 1] = 0  # a shorter sequence
        x = uniform(generator, *shape)
        batches.append({"x": x, "seen": seen, "lengths": lengths, "previous": previous, "y": y, "weights": weights})
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(
        trained, lr=ADAM["learning_rate"], betas=(ADAM["beta1"], ADAM["beta2"]), eps=ADAM["epsilon"]
    )
    result = {
        **case,
        "batches": [
            {name: tensor(batch[name]) for name in ("x", "seen", "previous", "y", "weights")} for batch in batches
        ],
        "initial_parameters": named(model, lambda parameter: parameter),
    }
    losses = []
    for step, batch in enumerate(batches):
        optimizer.zero_grad()
        outputs = model(batch)
        each = functional.cross_entropy(
            outputs.reshape(-1, VOCABULARY), batch["y"].reshape(-1), reduction="none", label_smoothing=0.1
        )
        loss = (each * batch["weights"].reshape(-1)).sum() / batch["weights"].sum()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            result["outputs"] = tensor(outputs)
            result["gradients"] = named(model, lambda parameter: parameter.grad)
        optimizer.step()
    result["losses"] = losses
    result["final_parameters"] = named(model, lambda parameter: parameter)
    return result


print(
    json.dumps(
        {
            "made_by": {"torch": torch.__version__, "python": platform.python_version(), "seed": SEED},
            "sizes": {"vocabulary": VOCABULARY, "embedding": EMBEDDING, "attention": ATTENTION, "vector": VECTOR, "input": INPUT},
            "label_smoothing": 0.1,
            "optimizer": {"type": "adam", **ADAM},
            "cases": [golden(case, index) for index, case in enumerate(CASES)],
        }
    )
)
