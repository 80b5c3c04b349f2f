"""Train the demonstration model from scratch: ``python -m tools.demo_model.train --out build/demo``."""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tools.demo_model.data import Encoder, batches
from tools.demo_model.model import Llama, Shape
from tools.demo_model.tokenizer import learn
from torch import Tensor
from torch.nn import functional

WARMUP = 0.02


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal (Newton-Schulz), for the matrices of the layers."""

    def __init__(self, weights: list[Tensor], lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                gradient = weight.grad
                state["momentum"].lerp_(gradient, 1 - group["momentum"])
                update = orthogonal(gradient.lerp(state["momentum"], group["momentum"]))
                weight.mul_(1 - group["lr"] * group["decay"])
                weight.add_(update, alpha=-group["lr"] * max(1, weight.shape[0] / weight.shape[1]) ** 0.5)


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if tall else x


def optimizers(model: Llama, lr: float) -> list[torch.optim.Optimizer]:
    matrices = [weight for name, weight in model.named_parameters() if weight.dim() == 2 and "layers" in name]
    others = [weight for name, weight in model.named_parameters() if weight.dim() < 2 or "layers" not in name]
    return [Muon(matrices, lr * 5), torch.optim.AdamW(others, lr, betas=(0.9, 0.95), weight_decay=0.0)]


def rate(done: float) -> float:
    """Share of the full learning rate: a short rise, then a cosine down to nothing."""
    if done < WARMUP:
        return done / WARMUP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - WARMUP) / (1 - WARMUP))))


def save(model: Llama, out: Path) -> None:
    weights = {f"model.{name}": weight.detach().clone() for name, weight in model.named_parameters()}
    save_file(weights, out / "weights.safetensors")


def begin(out: Path, start: Path | None) -> tuple[Tokenizer, Shape, Llama]:
    """A fresh model, or the one that an earlier run left in ``start`` (with its tokenizer)."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(start / "tokenizer.json")) if start else learn()
    tokenizer.save(str(out / "tokenizer.json"))
    shape = Shape(vocab_size=tokenizer.get_vocab_size())
    (out / "shape.json").write_text(json.dumps(shape.as_config(), indent=1), encoding="utf-8")
    model = Llama(shape)
    if start:
        stored = load_file(start / "weights.safetensors")
        model.load_state_dict({name.removeprefix("model."): weight for name, weight in stored.items()})
    return tokenizer, shape, model


def train(given: argparse.Namespace) -> None:
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    tokenizer, shape, model = begin(given.out, given.start)
    print(f"{sum(weight.numel() for weight in model.parameters()):,} parameters, {shape}", flush=True)
    made = optimizers(model, given.lr)
    peaks = [optimizer.param_groups[0]["lr"] for optimizer in made]
    seen, step, average, began = 0, 0, 0.0, time.monotonic()
    for batch, learned in batches(Encoder(tokenizer), given.seed, given.batch):
        spent = time.monotonic() - began
        done = max(seen / given.tokens, spent / 60 / given.minutes)
        for optimizer, peak in zip(made, peaks, strict=True):
            optimizer.param_groups[0]["lr"] = peak * rate(done)
        wanted = torch.zeros_like(learned)
        wanted[:, :-1] = learned[:, 1:]
        with torch.autocast("cpu", torch.bfloat16, enabled=given.bfloat16):
            logits = model(batch, wanted)
        loss = functional.cross_entropy(logits.float(), batch[:, 1:][learned[:, 1:]])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in made:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen, step = seen + batch.numel(), step + 1
        average = loss.item() if step == 1 else average * 0.97 + loss.item() * 0.03
        if step % 50 == 0:
            print(
                f"{step} {seen / 1e6:.2f}M loss {average:.4f} {seen / spent:.0f}/s {spent:.0f}s",
                flush=True,
            )
        if step % 250 == 0 or done >= 1:
            save(model, given.out)
        if done >= 1:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tokens", type=float, default=12e6, help="tokens to train on, padding included")
    parser.add_argument("--batch", type=int, default=4096, help="tokens in a batch")
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has AVX512-BF16")
    parser.add_argument("--start", type=Path, help="folder of an earlier run to go on from")
    parser.add_argument(
        "--minutes", type=float, default=1e6, help="come to an end after so long at the latest"
    )
    train(parser.parse_args())


if __name__ == "__main__":
    main()
