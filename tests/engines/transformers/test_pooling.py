"""Embedding models and cross encoders: small ones of random weights, made here."""

import base64
import json
import math
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from tests.engines.transformers.working import DEMO, KEY, PATIENCE, Worker, ending, needs_libraries, working

pytestmark = [pytest.mark.real_engine, pytest.mark.timeout(600), needs_libraries]

# in a process of its own, so that torch does not come into this one
MAKE = """
import sys, torch, transformers
kind, folder = sys.argv[1], sys.argv[2]
torch.manual_seed(7)
config = transformers.BertConfig(vocab_size=5000, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                                 intermediate_size=64, max_position_embeddings=128, num_labels=1)
kinds = {"embedding": transformers.BertModel, "rerank": transformers.BertForSequenceClassification}
model = kinds[kind](config)
model.save_pretrained(folder)
"""


def make(kind: str, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-c", MAKE, kind, str(folder)], check=True, capture_output=True, timeout=PATIENCE
    )
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(DEMO / name, folder)
    return folder


def pool(folder: Path, **modes: bool) -> None:
    """Write what sentence-transformers writes beside a model."""
    kinds = ["models.Transformer", "models.Pooling", "models.Normalize"]
    modules = [
        {"idx": at, "name": str(at), "path": f"{at}_x" if at else "", "type": f"sentence_transformers.{kind}"}
        for at, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_x").mkdir(exist_ok=True)
    (folder / "1_x" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **modes}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("embedding", tmp_path_factory.mktemp("bert") / "model")


@pytest.fixture(scope="module")
def vectors(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    pool(folder, pooling_mode_cls_token=False, pooling_mode_mean_tokens=True)
    log = tmp_path_factory.mktemp("vectors") / "log"
    with working(folder, log, "--kind", "embedding", "--slots", "4") as worker:
        yield worker


def test_the_official_client_gets_vectors(vectors: Worker) -> None:
    with openai.OpenAI(base_url=f"{vectors.base_url}/v1", api_key=KEY, max_retries=0) as client:
        one = client.embeddings.create(model="demo", input="hello there")  # as base64, by its own choice
        two = client.embeddings.create(
            model="demo",
            input=["a much longer text than the other, padded", "hello there"],
            encoding_format="float",
        )
    assert len(one.data[0].embedding) == 32
    assert math.fsum(number * number for number in one.data[0].embedding) == pytest.approx(1, abs=1e-4)
    # neither its company nor the padding changes a text's vector
    assert two.data[1].embedding == pytest.approx(one.data[0].embedding, abs=1e-5)
    assert [entry.index for entry in two.data] == [0, 1]
    assert two.usage.prompt_tokens > one.usage.prompt_tokens


def test_forms_of_a_request(vectors: Worker) -> None:
    plain = vectors.json("/v1/embeddings", {"input": "hello", "dimensions": 32})["data"][0]["embedding"]
    packed = vectors.json("/v1/embeddings", {"input": "hello", "encoding_format": "base64"})["data"][0][
        "embedding"
    ]
    assert struct.unpack("<32f", base64.b64decode(packed)) == pytest.approx(plain, abs=1e-6)
    tokens = vectors.json("/v1/embeddings", {"input": [[5, 6], [7]]})["data"]
    assert len(tokens) == 2


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": {"a": 1}}, "input"),
        ({"input": "x " * 600}, "input"),
        ({"input": "x", "dimensions": 8}, "dimensions"),
        ({"input": "x", "encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_what_it_cannot_embed_is_named(vectors: Worker, body: object, param: str) -> None:
    status, error = vectors.refused("/v1/embeddings", body)
    assert (status, error["param"]) == (400, param)
    assert vectors.refused("/v1/chat/completions", {"messages": []})[0] == 400


def test_ways_of_pooling(folder: Path, vectors: Worker, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "cls"))
    pool(copy, pooling_mode_cls_token=True)
    mean = vectors.json("/v1/embeddings", {"input": "hello there"})["data"][0]["embedding"]
    with working(copy, tmp_path / "log", "--kind", "embedding") as worker:
        first = worker.json("/v1/embeddings", {"input": "hello there"})["data"][0]["embedding"]
        assert worker.busy() == 0
    assert first != pytest.approx(mean, abs=1e-3)


def test_layers_that_are_not_known_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "dense"))
    modules = [{"path": "", "type": "sentence_transformers.models.Dense"}]
    (copy / "modules.json").write_text(json.dumps(modules))
    code, words = ending(copy, "--kind", "embedding")
    assert code == 5
    assert "Dense" in words


def test_a_cross_encoder_ranks(tmp_path: Path) -> None:
    with working(make("rerank", tmp_path / "model"), tmp_path / "log", "--kind", "rerank") as worker:
        documents = ["one", "two and more", "three", "one"]
        body = {"query": "which?", "documents": documents}
        ranked = worker.json("/v1/rerank", body)["results"]
        assert sorted(entry["index"] for entry in ranked) == [0, 1, 2, 3]
        scores = {entry["index"]: entry["relevance_score"] for entry in ranked}
        assert scores[0] == pytest.approx(scores[3], abs=1e-5)
        assert all(0 < score < 1 for score in scores.values())
        assert [entry["relevance_score"] for entry in ranked] == sorted(scores.values(), reverse=True)
        two = worker.json("/v1/rerank", {**body, "top_n": 2, "return_documents": True})["results"]
        assert [entry["document"]["text"] for entry in two] == [documents[entry["index"]] for entry in two]
        assert worker.refused("/v1/rerank", {"query": "", "documents": ["a"]})[1]["param"] == "query"
        assert worker.refused("/v1/rerank", {"query": "a", "documents": []})[1]["param"] == "documents"
