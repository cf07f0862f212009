"""Golden values of optimisers and learning-rate schedules from PyTorch: usage in README.md."""
import json
import sys

import torch

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)
STEPS = 6
parameters = torch.randn(5)
gradients = torch.randn(STEPS, 5)

OPTIMIZERS = [
    ({"type": "sgd", "momentum": 0, "nesterov": False, "weight_decay": 0}, 0.1, torch.optim.SGD, {}),
    ({"type": "sgd", "momentum": 0.9, "nesterov": False, "weight_decay": 0.01}, 0.1, torch.optim.SGD,
     {"momentum": 0.9, "weight_decay": 0.01}),
    ({"type": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, 0.1, torch.optim.SGD,
     {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ({"type": "rmsprop", "alpha": 0.95, "epsilon": 1e-6, "weight_decay": 0.02}, 0.01, torch.optim.RMSprop,
     {"alpha": 0.95, "eps": 1e-6, "weight_decay": 0.02}),
    ({"type": "adam", "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6}, 0.05, torch.optim.Adam,
     {"betas": (0.8, 0.99), "eps": 1e-6}),
    ({"type": "adamw", "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6, "weight_decay": 0.1}, 0.05, torch.optim.AdamW,
     {"betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
]


def run(rate, kind, options):
    parameter = torch.nn.Parameter(parameters.clone())
    optimizer = kind([parameter], lr=rate, **options)
    after = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
        after.append(parameter.detach().tolist())
    return after


EPOCHS, STEPS_PER_EPOCH, RATE = 8, 3, 0.5
LOSSES = [1.0, 0.9, 0.95, 0.92, 0.91, 0.85, 0.86, 0.87]


def rates(make, per):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = make(optimizer)
    found = []
    for epoch in range(EPOCHS):
        for _ in range(STEPS_PER_EPOCH):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if per == "step" and len(found) < EPOCHS * STEPS_PER_EPOCH:
                scheduler.step()
        if per == "epoch":
            scheduler.step()
        if per == "loss":
            scheduler.step(LOSSES[epoch])
    return found


schedulers = torch.optim.lr_scheduler
total = EPOCHS * STEPS_PER_EPOCH
SCHEDULES = [
    ({"type": "step", "every_epochs": 3, "factor": 0.2}, lambda o: schedulers.StepLR(o, 3, 0.2), "epoch"),
    ({"type": "cosine", "final_factor": 0.1}, lambda o: schedulers.CosineAnnealingLR(o, total, 0.1 * RATE), "step"),
    ({"type": "one_cycle", "rising_share": 0.25, "initial_factor": 0.04, "final_factor": 0.0004},
     lambda o: schedulers.OneCycleLR(o, RATE, total_steps=total, pct_start=(0.25 * (total - 1) + 1) / total,
                                     div_factor=25, final_div_factor=100, cycle_momentum=False), "step"),
    ({"type": "reduce_on_plateau", "factor": 0.5, "patience": 1},
     lambda o: schedulers.ReduceLROnPlateau(o, factor=0.5, patience=1, threshold=0), "loss"),
]

json.dump({
    "made_by": {"script": "optimizers.py", "torch": torch.__version__, "seed": 20},
    "parameters": parameters.tolist(),
    "gradients": gradients.tolist(),
    "optimizers": [
        {"specification": {**specification, "learning_rate": rate}, "after": run(rate, kind, options)}
        for specification, rate, kind, options in OPTIMIZERS
    ],
    "schedules": {
        "learning_rate": RATE, "epochs": EPOCHS, "steps_per_epoch": STEPS_PER_EPOCH, "losses": LOSSES,
        "cases": [{"schedule": schedule, "rates": rates(make, per)} for schedule, make, per in SCHEDULES],
    },
}, sys.stdout)
