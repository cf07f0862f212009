"""Holds exported model files against the ONNX standard, with the standard's own tools.

usage: python check.py FILE.onnx …          (needs onnx, onnxruntime and numpy)

For each file: the checker's full check, strict shape inference (every output gets a type and a rank), and the answers of
the reference evaluator beside those of ONNX Runtime, at several batch sizes and lengths. Ends with code 1 when one fails.

The evaluator (1.23) has no loop that runs backwards, and of RNN's activations only tanh and identity. Both are added here by
their definitions in the operators' specification: a loop that runs backwards is one that runs forwards over what is reversed.
"""

import json
import sys

import numpy
import onnx
import onnx.checker
import onnx.reference
import onnx.shape_inference
import onnxruntime
from onnx.reference.ops import op_rnn, op_scan

# N and T that inputs are made with.
SIZES = [(1, 1), (1, 6), (3, 6), (5, 11)]
TOLERANCE = 1e-5
# Of layer-normalised cells, as in the engine's own tests: the deviation of few units can be small, and float32 loses a digit in dividing by it.
NORMALISED_TOLERANCE = 1e-4
RECURRENT = ("LSTM", "GRU", "RNN")


ACTIVATIONS = {
    "relu": lambda x, alpha: numpy.maximum(x, 0),
    "sigmoid": lambda x, alpha: 1 / (1 + numpy.exp(-x)),
    "softsign": lambda x, alpha: x / (1 + numpy.abs(x)),
    "elu": lambda x, alpha: numpy.where(x >= 0, x, alpha * (numpy.exp(numpy.minimum(x, 0)) - 1)),
    "leakyrelu": lambda x, alpha: numpy.where(x >= 0, x, alpha * x),
}
# Where a file says nothing of it.
ALPHAS = {"elu": 1.0, "leakyrelu": 0.01}


class RNN(op_rnn.RNN_14):
    op_domain = ""

    def choose_act(self, name, alpha, beta):
        known = ACTIVATIONS.get(name.lower())
        if known is None:
            return super().choose_act(name, alpha, beta)
        slope = ALPHAS.get(name.lower()) if alpha is None else alpha
        return lambda x: known(x, slope).astype(x.dtype)


class Scan(op_scan.Scan):
    op_domain = ""

    def __init__(self, onnx_node, run_params):
        forwards = onnx.NodeProto()
        forwards.CopyFrom(onnx_node)
        directions = {"scan_input_directions": [], "scan_output_directions": []}
        for attribute in onnx_node.attribute:
            if attribute.name in directions:
                directions[attribute.name] = list(attribute.ints)
                forwards.attribute.remove(attribute)
        self.backwards_in, self.backwards_out = directions.values()
        super().__init__(forwards, run_params)

    def _run(self, *args, **others):
        states = len(args) - self.num_scan_inputs
        results = super()._run(*args[:states], *turned(args[states:], self.backwards_in), **others)
        return (*results[:states], *turned(results[states:], self.backwards_out))


def turned(sequences, directions):
    return [s[::-1] if backwards else s for s, backwards in zip(sequences, directions or [0] * len(sequences))]


def dimensions(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def told_ids(metadata):
    """How many ids there are: of each column of categories, of tokens, and of each category of a step of a forecast; as a file that was trained says."""
    features = json.loads(metadata.get("unroll.features", "{}")).get("inputs", [])
    columns = [len(one["categories"]) + 1 for one in features if "categories" in one]
    tokens = next((len(one["vocabulary"]) + 2 for one in features if "vocabulary" in one), 6)
    of_steps = [len(one["categories"]) + 1 for one in json.loads(metadata.get("unroll.categories", "[]"))]
    own = json.loads(metadata.get("feeds", "{}")).get("ids", 0)
    return columns, tokens, of_steps or [4] * own


def inputs_for(model, batch, steps, generator):
    """Random inputs: the first dynamic dimension of an input is the batch, the second is time."""
    feeds = {}
    metadata = {p.key: p.value for p in model.metadata_props}
    positive = json.loads(metadata.get("feeds", "{}")).get("positive") or '"log"' in metadata.get("unroll.specification", "")
    columns, tokens, of_steps = told_ids(metadata)
    for value in model.graph.input:
        free = iter((batch, steps))
        shape = [d if isinstance(d, int) and d > 0 else next(free) for d in dimensions(value)]
        numbers = generator.standard_normal(shape)
        if value.name == "mask":  # rows of different length, padded at the end
            numbers = numpy.arange(shape[1]) < numpy.maximum(1, shape[1] - numpy.arange(shape[0]))[:, None]
        elif value.name == "written" and len(shape) == 1:  # ids
            numbers = generator.integers(0, 4, shape)
        elif value.name == "tokens":
            numbers = generator.integers(0, tokens, shape)
        elif value.name == "categories":
            numbers = generator.integers(0, columns or 6, shape)
        elif value.name == "lengths":  # of texts, all whole where an operator's reference knows no lengths
            lengths = numpy.maximum(1, steps - numpy.arange(batch))
            numbers = lengths if all(node.op_type not in RECURRENT for node in model.graph.node) else numpy.full(batch, steps)
        elif value.name == "keep":
            numbers = numpy.arange(batch) % 2
        elif value.name == "series":  # one of them is none of those that training had
            numbers = numpy.arange(batch)
        elif positive:  # what logarithms are taken of
            numbers = numpy.abs(numbers)
        if value.name == "x" and of_steps:  # behind the numbers of a step
            numbers[..., -len(of_steps):] = generator.integers(0, of_steps, (*shape[:-1], len(of_steps)))
        integer = value.type.tensor_type.elem_type == onnx.TensorProto.INT64
        feeds[value.name] = numpy.asarray(numbers, dtype=numpy.int64 if integer else numpy.float32)
    return feeds


def largest_difference(name, left, right):
    """Largest difference over the largest magnitude: of `y` the worst of the columns (last axis), since each has its own unit."""
    if left.shape != right.shape:
        raise AssertionError(f"shapes differ: {left.shape} and {right.shape}")
    rows = (-1, right.shape[-1]) if name == "y" else (-1, 1)
    distance, magnitude = (numpy.abs(part).reshape(rows).max(axis=0) for part in (left - right, right))
    return float((distance / numpy.maximum(magnitude, 1e-30)).max())


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    for value in inferred.graph.output:
        if not value.type.tensor_type.elem_type or not value.type.tensor_type.HasField("shape"):
            raise AssertionError(f"no type or shape for output {value.name}")
    return compared(path, model, onnx.reference.ReferenceEvaluator(model, new_ops=[RNN, Scan]))


def is_normalised(graph):
    """Whether a deviation is taken in it, or in one of its loops."""
    bodies = [a.g for node in graph.node for a in node.attribute if a.type == onnx.AttributeProto.GRAPH]
    return any(node.op_type == "Sqrt" for node in graph.node) or any(map(is_normalised, bodies))


def compared(path, model, reference):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    generator = numpy.random.default_rng(7)
    worst = 0.0
    for batch, steps in SIZES:
        feeds = inputs_for(model, batch, steps, generator)
        names = [value.name for value in model.graph.output]
        for name, left, right in zip(names, session.run(names, feeds), reference.run(names, feeds)):
            worst = max(worst, largest_difference(name, left, numpy.asarray(right, dtype=numpy.float32)))
    tolerance = NORMALISED_TOLERANCE if is_normalised(model.graph) else TOLERANCE
    if not worst <= tolerance:
        raise AssertionError(f"reference evaluator and ONNX Runtime differ by {worst:.1e}")
    shapes = ", ".join(f"{v.name} {dimensions(v)}" for v in (*model.graph.input, *model.graph.output))
    operators = " ".join(sorted({node.op_type for node in model.graph.node}))
    return f"{worst:.1e}  {shapes}  ({operators})"


def main(paths):
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, numpy {numpy.__version__}")
    failed = 0
    for path in paths:
        try:
            print(f"ok      {path.rsplit('/', 1)[-1]}: {check(path)}")
        except Exception as error:  # one bad file must not hide the next
            failed += 1
            print(f"FAILED  {path.rsplit('/', 1)[-1]}: {type(error).__name__}: {error}")
    print(f"{len(paths) - failed} of {len(paths)} files pass")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
