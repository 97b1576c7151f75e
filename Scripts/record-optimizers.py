#!/usr/bin/env python3
"""Prints what five steps of torch's Adagrad, of Lion and of LAMB make of four parameters, for Tests/LatheNNTests/Optimizers/RecordedUpdateTests.swift.

    VENV/bin/python Scripts/record-optimizers.py        (needs torch)

Lion is Algorithm 2 of arXiv:2302.06675; LAMB is Algorithm 2 of arXiv:1904.00962 without bias correction, and in DeepSpeed's form, which corrects the step and
clamps the ratio. All in double precision.
"""
import math

import torch

START = [0.5, -1.25, 2.0, 0.75]
GRADIENTS = [[round(math.sin(1.7 * step + 0.9 * index) * (1 + step), 3) for index in range(4)] for step in range(5)]
RATE, DECAY = 0.1, 0.02


def adagrad():
    parameter = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adagrad([parameter], lr=RATE, lr_decay=0.01, weight_decay=DECAY, initial_accumulator_value=0.1)
    for gradient in GRADIENTS:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    return parameter.tolist()


def lion(beta1=0.9, beta2=0.99):
    parameter, average = torch.tensor(START, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    for gradient in GRADIENTS:
        gradient = torch.tensor(gradient, dtype=torch.float64)
        direction = beta1 * average + (1 - beta1) * gradient
        parameter -= RATE * (torch.sign(direction) + DECAY * parameter)
        average = beta2 * average + (1 - beta2) * gradient
    return parameter.tolist()


def lamb(corrects, least, largest, beta1=0.9, beta2=0.999, epsilon=1e-8):
    parameter, mean, square = (torch.tensor(START, dtype=torch.float64), *torch.zeros(2, 4, dtype=torch.float64))
    for step, gradient in enumerate(GRADIENTS, 1):
        gradient = torch.tensor(gradient, dtype=torch.float64)
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        direction = mean / (square.sqrt() + epsilon) + DECAY * parameter
        ratio = min(max((parameter.norm() / direction.norm()).item(), least), largest)
        correction = math.sqrt(1 - beta2**step) / (1 - beta1**step) if corrects else 1
        parameter = parameter - RATE * correction * ratio * direction
    return parameter.tolist()


def main():
    print("gradients", [list(row) for row in GRADIENTS])
    for name, values in [
        ("adagrad", adagrad()), ("lion", lion()), ("lamb, of the paper", lamb(False, 0, math.inf)), ("lamb, of DeepSpeed", lamb(True, 0.3, 0.4)),
    ]:
        print(name, [round(value, 8) for value in values])


if __name__ == "__main__":
    main()
