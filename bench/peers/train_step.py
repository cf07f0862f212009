"""PyTorch's side of `npm run bench -- train-step`: one whole training step, as people write it.

Speaks JSON, one object a line. At start it says {"version", "detail"}, or {"error"} and ends. Then, for each line in:
  {"do": "prepare", "cell", "input", "hidden", "steps", "batch", "threads"}   -> {}
      and, where the point has them, "layers", "bidirectional", "layer_norm", "attention" with "vocabulary" and "embedding"
  {"do": "turn", "milliseconds", "clock": "wall" or "cpu"}                    -> {"step_ms"}
A step is: forward over [T,N,I], linear head on the last step's hidden state, mean squared error, backward, Adam.
With attention: an encoder reads [T,N,I], a decoder is told T symbols and writes T, cross entropy of all, backward, Adam.
The thread count of its BLAS is fixed when that is loaded: whoever starts this sets OMP_NUM_THREADS and OPENBLAS_NUM_THREADS.
"""

import json
import sys
import time


def say(message):
    print(json.dumps(message), flush=True)


try:
    import torch
except ImportError as error:
    say({"error": str(error)})
    sys.exit(0)

CELLS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def adam(parameters):
    """The fused Adam where this PyTorch has one for the CPU (it is the fastest of its three), else the default one."""
    parameters = list(parameters)
    try:
        optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    except (TypeError, RuntimeError, ValueError):
        return torch.optim.Adam(parameters, lr=1e-3)
    return optimizer


class LayerNormLSTM(torch.nn.Module):
    """A layer-normalised LSTM (Ba et al. 2016), which PyTorch does not have: a loop over the steps."""

    def __init__(self, size, hidden):
        super().__init__()
        self.hidden = hidden
        self.input = torch.nn.Linear(size, 4 * hidden, bias=False)
        self.recurrent = torch.nn.Linear(hidden, 4 * hidden, bias=False)
        self.input_norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden) for _ in range(4))
        self.recurrent_norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden) for _ in range(4))
        self.cell_norm = torch.nn.LayerNorm(hidden)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], self.hidden)
        projected = [norm(part) for norm, part in zip(self.input_norms, self.input(x).chunk(4, -1))]
        outputs = []
        for step in range(x.shape[0]):
            parts = self.recurrent(h).chunk(4, -1)
            i, f, o, g = (
                own[step] + norm(part) for own, norm, part in zip(projected, self.recurrent_norms, parts)
            )
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(self.cell_norm(c))
            outputs.append(h)
        return torch.stack(outputs), (h, c)


class AttentionDecoder(torch.nn.Module):
    """An encoder, and a decoder with attention over its outputs whose finding is fed into the next step (Luong et al. 2015; the score
    also additive, Bahdanau et al. 2015): a cell in a loop over the steps, as PyTorch has no such layer."""

    def __init__(self, size, hidden, vocabulary, embedding, attention):
        super().__init__()
        self.additive = attention == "additive"
        self.encoder = torch.nn.LSTM(size, hidden)
        self.embedding = torch.nn.Embedding(vocabulary, embedding)
        self.cell = torch.nn.LSTMCell(embedding + hidden, hidden)
        if self.additive:
            self.query = torch.nn.Linear(hidden, hidden, bias=False)
            self.key = torch.nn.Linear(hidden, hidden, bias=False)
            self.score = torch.nn.Linear(hidden, 1, bias=False)
        self.combine = torch.nn.Linear(2 * hidden, hidden, bias=False)
        self.head = torch.nn.Linear(hidden, vocabulary)

    def forward(self, x, previous):
        outputs, (h, c) = self.encoder(x)
        h, c = h[0], c[0]
        memory = outputs.transpose(0, 1).contiguous()  # [N,T,H]
        keys = self.key(memory) if self.additive else memory
        feed = torch.zeros_like(h)
        embedded = self.embedding(previous)  # all steps at once: they are told
        features = []
        for step in range(previous.shape[0]):
            h, c = self.cell(torch.cat([embedded[step], feed], dim=1), (h, c))
            if self.additive:
                scores = self.score(torch.tanh(self.query(h).unsqueeze(1) + keys)).transpose(1, 2)
            else:
                scores = torch.bmm(h.unsqueeze(1), keys.transpose(1, 2))
            context = torch.bmm(torch.softmax(scores, dim=2), memory).squeeze(1)
            feed = torch.tanh(self.combine(torch.cat([context, h], dim=1)))
            features.append(feed)
        return self.head(torch.stack(features))


def recurrent_layers(point):
    if point.get("layer_norm"):
        return LayerNormLSTM(point["input"], point["hidden"])
    return CELLS[point["cell"]](
        point["input"],
        point["hidden"],
        num_layers=point.get("layers", 1),
        bidirectional=point.get("bidirectional", False),
    )


def last_states(final, directions):
    """[N,D·H]: of the last layer, what each direction ends with."""
    states = final[0] if isinstance(final, tuple) else final
    return states if states.dim() == 2 else torch.cat(list(states[-directions:]), dim=-1)


def training_step(point):
    torch.set_num_threads(point["threads"])
    torch.manual_seed(1)
    return writing_step(point) if point.get("attention") else reading_step(point)


def writing_step(point):
    steps, batch, vocabulary = point["steps"], point["batch"], point["vocabulary"]
    model = AttentionDecoder(point["input"], point["hidden"], vocabulary, point["embedding"], point["attention"])
    x = torch.rand(steps, batch, point["input"]) * 2 - 1
    previous, y = (torch.randint(vocabulary, (steps, batch)) for _ in range(2))
    optimizer = adam(model.parameters())
    loss_of = torch.nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(x, previous).reshape(-1, vocabulary), y.reshape(-1))
        loss.backward()
        optimizer.step()

    return step


def reading_step(point):
    cell = recurrent_layers(point)
    directions = 2 if point.get("bidirectional") else 1
    head = torch.nn.Linear(directions * point["hidden"], 1)
    x = torch.rand(point["steps"], point["batch"], point["input"]) * 2 - 1
    y = torch.rand(point["batch"], 1) * 2 - 1
    optimizer = adam([*cell.parameters(), *head.parameters()])
    loss_of = torch.nn.MSELoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        _, final = cell(x)
        loss = loss_of(head(last_states(final, directions)), y)
        loss.backward()
        optimizer.step()

    return step


def turn(step, milliseconds, clock):
    """Milliseconds of one step, averaged over a turn."""
    now = {"wall": time.perf_counter, "cpu": time.process_time}[clock]
    count, end = 0, time.perf_counter() + milliseconds / 1000
    start = now()
    while count == 0 or time.perf_counter() < end:
        step()
        count += 1
    return {"step_ms": (now() - start) / count * 1000}


def blas():
    """What multiplies its matrices: MKL is built in; a system BLAS is whichever library the machine maps."""
    if "BLAS_INFO=mkl" in torch.__config__.show():
        return "MKL"
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            return "OpenBLAS" if "openblas" in maps.read() else "system BLAS"
    except OSError:
        return "system BLAS"


def main():
    say({"version": f"PyTorch {torch.__version__}", "detail": blas()})
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "prepare":
            step = training_step(request)
            step()
            say({})
        else:
            say(turn(step, request["milliseconds"], request["clock"]))


if __name__ == "__main__":
    main()
