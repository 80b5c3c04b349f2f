"""Train the demonstration model from scratch: ``python -m tools.demo_model.train --out build/demo``."""

from __future__ import annotations

import argparse
import ctypes
import json
import math
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tools.demo_model.data import Encoder, batches
from tools.demo_model.model import Llama, Shape
from tools.demo_model.tokenizer import learn
from torch import Tensor
from torch.nn import functional

WARMUP = 0.01
USUAL = 1000  # tokens of a process's batch that count in the loss
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal (Newton-Schulz), for the matrices of the layers.

    Matrices of one shape go together, and every process takes its share of them.
    """

    def __init__(self, weights: list[Tensor], lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "decay": decay})
        self.alike: dict[tuple[int, ...], list[Tensor]] = {}
        for weight in weights:
            self.alike.setdefault(tuple(sorted(weight.shape)), []).append(weight)
        self.momenta = {size: torch.zeros(len(some), *size) for size, some in self.alike.items()}

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        (group,) = self.param_groups
        rank, world = dist.get_rank(), dist.get_world_size()
        for size, weights in self.alike.items():
            gradients = torch.stack([wide(weight.grad) for weight in weights if weight.grad is not None])
            momenta = self.momenta[size]
            momenta.lerp_(gradients, 1 - group["momentum"])
            aims = gradients.lerp(momenta, group["momentum"])
            updates = torch.zeros_like(aims)
            updates[rank::world] = orthogonal(aims[rank::world])
            dist.all_reduce(updates)
            for weight, update in zip(weights, updates, strict=True):
                weight.mul_(1 - group["lr"] * group["decay"])
                high, broad = weight.shape
                update = update.T if high > broad else update
                weight.add_(update, alpha=-group["lr"] * max(1, high / broad) ** 0.5)


def wide(matrix: Tensor) -> Tensor:
    return matrix.T if matrix.shape[0] > matrix.shape[1] else matrix


def orthogonal(matrices: Tensor, steps: int = 5) -> Tensor:
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


def optimizers(model: Llama, lr: float) -> list[torch.optim.Optimizer]:
    matrices = [weight for name, weight in model.named_parameters() if weight.dim() == 2 and "layers" in name]
    others = [weight for name, weight in model.named_parameters() if weight.dim() < 2 or "layers" not in name]
    return [Muon(matrices, lr * 5), torch.optim.AdamW(others, lr, betas=(0.9, 0.95), weight_decay=0.0)]


def rate(done: float) -> float:
    """Share of the full learning rate: a short rise, then a cosine down to nothing."""
    if done < WARMUP:
        return done / WARMUP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - WARMUP) / (1 - WARMUP))))


def keep_memory() -> None:
    """Ask glibc not to hand freed memory back: fetching it again costs a tenth of the time."""
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return
    libc.mallopt(M_MMAP_THRESHOLD, 2**31 - 1)
    libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def save(model: Llama, out: Path) -> None:
    weights = {f"model.{name}": weight.detach().clone() for name, weight in model.named_parameters()}
    save_file(weights, out / "weights.safetensors")


def begin(out: Path, first: bool) -> tuple[Tokenizer, Llama]:
    tokenizer = learn()
    shape = Shape(vocab_size=tokenizer.get_vocab_size())
    model = Llama(shape)
    if first:
        tokenizer.save(str(out / "tokenizer.json"))
        (out / "shape.json").write_text(json.dumps(shape.as_config(), indent=1), encoding="utf-8")
        print(f"{sum(weight.numel() for weight in model.parameters()):,} parameters, {shape}", flush=True)
    return tokenizer, model


def loss_of(model: Llama, batch: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The loss to minimise, and the mean over the tokens that count.

    The first is not divided by how many there are, so that every answer moves the weights alike, however long
    its neighbours in the batch are.
    """
    ahead = weights[:, 1:]
    row, column = ahead.nonzero(as_tuple=True)
    each = functional.cross_entropy(
        model(batch, row * batch.shape[1] + column), batch[row, column + 1], reduction="none"
    )
    return (each * ahead[row, column]).sum() / USUAL, each.mean()


def share(model: Llama, *counts: float) -> list[float]:
    """Add up the gradients of all processes, and what they counted."""
    gradients = [weight.grad.flatten() for weight in model.parameters() if weight.grad is not None]
    flat = torch.cat([*gradients, torch.tensor(counts)])
    dist.all_reduce(flat)
    at = 0
    for weight in model.parameters():
        if weight.grad is not None:
            weight.grad.copy_(flat[at : at + weight.numel()].view_as(weight))
            at += weight.numel()
    return flat[at:].tolist()


def train(rank: int, given: argparse.Namespace) -> None:
    """One of ``given.processes`` that train the same weights, each on its own dialogues."""
    keep_memory()
    meeting = (given.out / "meeting").absolute().as_uri()
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=given.processes)
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    tokenizer, model = begin(given.out, rank == 0)
    made = optimizers(model, given.lr)
    peaks = [optimizer.param_groups[0]["lr"] for optimizer in made]
    seen, step, average, began = 0.0, 0, 0.0, time.monotonic()
    written = batches(Encoder(tokenizer), given.seed, given.batch // given.processes, rank, given.processes)
    for batch, weights in written:
        for optimizer, peak in zip(made, peaks, strict=True):
            optimizer.param_groups[0]["lr"] = peak * rate(seen / given.tokens)
        loss, mean = loss_of(model, batch, weights)
        loss.backward()
        more, means = share(model, batch.numel(), mean.item())
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in made:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen, step = seen + more, step + 1
        mean_now = means / given.processes
        average = mean_now if step == 1 else average * 0.98 + mean_now * 0.02
        if rank == 0 and step % 50 == 0:
            spent = time.monotonic() - began
            print(
                f"{step} {seen / 1e6:.2f}M loss {average:.4f} {seen / spent:.0f}/s {spent:.0f}s", flush=True
            )
        if rank == 0 and (step % 250 == 0 or seen >= given.tokens):
            save(model, given.out)
        if seen >= given.tokens:
            break
    dist.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tokens", type=float, default=15e6, help="tokens to train on, padding included")
    parser.add_argument("--batch", type=int, default=4096, help="tokens in a step, of all processes together")
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--processes", type=int, default=2, help="that train together, one thread each")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "meeting").unlink(missing_ok=True)
    torch.multiprocessing.spawn(train, (given,), nprocs=given.processes)


if __name__ == "__main__":
    main()
