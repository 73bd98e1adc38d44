#!/bin/sh
# Believed: torch's ctc_loss takes log-probabilities, and its gradient is the derivative by them.
# True: it is the derivative by the logits before a log_softmax, whatever was given: each frame's
#   gradient sums to 0, where the derivative by the log-probabilities sums to -1, and a check by finite
#   differences fails. Behind log_softmax the two agree, since its own derivative leaves such a
#   gradient as it is; what stands between log_softmax and loss (a temperature, here) gets a wrong one.
# Versions: torch 2.15.0, on CPUs.
# Matters here: label smoothing and restricted alphabets tempt one to change log-probabilities. Change
#   logits instead.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0
"$tmp/venv/bin/python" - <<'EOF'
import sys

import torch

torch.manual_seed(0)
frames, labels = torch.tensor([12]), torch.tensor([[1, 2, 2, 3]])
logits = torch.randn(12, 1, 5, dtype=torch.double)


def loss(log_probs):
    return torch.nn.functional.ctc_loss(
        log_probs, labels, frames, torch.tensor([4]), reduction="sum"
    )


def slope(function, at):
    """Return the gradient as torch says, and as small steps show."""
    at = at.clone().requires_grad_()
    (said,) = torch.autograd.grad(function(at), at)
    shown = torch.zeros_like(at)
    for place in range(at.numel()):
        step = torch.zeros(at.numel(), dtype=torch.double)
        step[place] = 1e-6
        step = step.view_as(at)
        with torch.no_grad():
            shown.view(-1)[place] = (function(at + step) - function(at - step)) / 2e-6
    return said, shown


found = []
for name, function, at in (
    ("log-probabilities", loss, logits.log_softmax(-1)),
    ("logits", lambda given: loss(given.log_softmax(-1)), logits),
    ("logits, a temperature in between", lambda given: loss(given.log_softmax(-1) / 2), logits),
):
    said, shown = slope(function, at)
    off = (said - shown).abs().max().item()
    sums = [round(of[0].sum().item(), 3) + 0.0 for of in (said, shown)]
    found.append((off > 0.1, *sums))
    print(f"by {name}: off by {off:.6f}; a frame sums to {sums[0]}, true {sums[1]}")
sys.exit(found != [(True, 0.0, -1.0), (False, 0.0, 0.0), (True, 0.0, 0.0)])
EOF
