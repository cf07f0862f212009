"""Losses of PyTorch in float64 and their gradients: test/golden/losses.json. Usage: losses.py > losses.json"""
import json

import torch
import torch.nn.functional as F

SEED = 20261124
S, N, O = 2, 3, 4
QUANTILES = [0.1, 0.5, 0.9]
generator = torch.Generator().manual_seed(SEED)


def random(*shape):
    # float32 values, so that an engine which computes in float32 starts from the same numbers
    return torch.randn(*shape, generator=generator, dtype=torch.float32).double()


def gaussian(prediction, target):
    mean, width = prediction.chunk(2, dim=-1)
    deviation = F.softplus(width) + 1e-3
    return torch.nn.GaussianNLLLoss(full=True, reduction="none")(mean, target, deviation**2)


def student_t(prediction, target):
    location, width, freedom = prediction.chunk(3, dim=-1)
    distribution = torch.distributions.StudentT(
        F.softplus(freedom) + 2.01, location, F.softplus(width) + 1e-3
    )
    return -distribution.log_prob(target)


def quantile(prediction, target):
    levels = torch.tensor(QUANTILES, dtype=torch.float64).reshape(-1, 1)
    difference = target.unsqueeze(-2) - prediction.reshape(S, N, len(QUANTILES), O)
    return torch.maximum(levels * difference, (levels - 1) * difference).mean(dim=-2)


LOSSES = {
    "mse": (1, lambda p, t: F.mse_loss(p, t, reduction="none")),
    "mae": (1, lambda p, t: F.l1_loss(p, t, reduction="none")),
    "huber": (1, lambda p, t: F.huber_loss(p, t, reduction="none")),
    "quantile": (len(QUANTILES), quantile),
    "gaussian": (2, gaussian),
    "student_t": (3, student_t),
}


def values(tensor):
    return {"shape": list(tensor.shape), "data": tensor.flatten().tolist()}


POSITIVE_WEIGHTS = [1.0, 4.0, 0.5, 2.0]


def binary(name):
    """BCEWithLogitsLoss, of targets 0 and 1; drawn after all others, whose values stay as they were."""
    weight = torch.tensor(POSITIVE_WEIGHTS, dtype=torch.float64) if name.endswith("weighted") else None
    loss = torch.nn.BCEWithLogitsLoss(pos_weight=weight, reduction="none")
    return case(loss=loss, target=(random(S, N, O) > 0).double())


def case(name=None, loss=None, target=None):
    blocks, loss = (1, loss) if loss else LOSSES[name]
    prediction = random(S, N, blocks * O).requires_grad_()
    target = random(S, N, O) * 2 if target is None else target
    weights = random(S, N, 1).abs() * torch.tensor([1.0, 0.0, 3.0], dtype=torch.float64).reshape(1, N, 1)
    elements = loss(prediction, target)
    plain = elements.mean()
    (gradient,) = torch.autograd.grad(plain, prediction, retain_graph=True)
    weighted = (elements.mean(dim=-1, keepdim=True) * weights).sum() / weights.sum()
    (weighted_gradient,) = torch.autograd.grad(weighted, prediction)
    return {
        "prediction": values(prediction.detach()),
        "target": values(target),
        "weights": values(weights),
        "loss": plain.item(),
        "gradient": values(gradient),
        "weighted_loss": weighted.item(),
        "weighted_gradient": values(weighted_gradient),
    }


print(
    json.dumps(
        {
            "made_by": {"script": "test/golden/losses.py", "torch": torch.__version__, "seed": SEED},
            "quantiles": QUANTILES,
            "positive_weights": POSITIVE_WEIGHTS,
            "cases": {name: case(name) for name in LOSSES}
            | {name: binary(name) for name in ("binary_cross_entropy", "binary_cross_entropy_weighted")},
        }
    )
)
