"""Drives a running service with clients that others wrote: tritonclient[http] and KServe's InferenceRESTClient.

    python open_inference.py URL MODEL VERSION

It asks for liveness, readiness, versions and metadata, infers with tensors in JSON and in binary, compares the two and
both clients with each other, and looks at how errors come through. Whatever differs from what is expected ends it with 1.
Needs: tritonclient[http] 2.73.0, kserve 0.21.0, numpy.
"""

import asyncio
import logging
import sys

import numpy as np
import tritonclient.http as triton
from kserve import InferenceRESTClient, InferRequest, InferInput, RESTConfig
from tritonclient.utils import InferenceServerException

logging.disable(logging.CRITICAL)
url, model, version = sys.argv[1], sys.argv[2], sys.argv[3]


def say(what, value):
    print(f"{what:52} {value}")


def window():
    return (10 + 3 * np.sin(np.arange(60) / 5)).astype(np.float32).reshape(1, -1, 1)


def ask_triton():
    client = triton.InferenceServerClient(url.removeprefix("http://"))
    say("triton is_server_live", client.is_server_live())
    say("triton is_server_ready", client.is_server_ready())
    say("triton is_model_ready", client.is_model_ready(model))
    say("triton is_model_ready, with a version", client.is_model_ready(model, version))
    say("triton is_model_ready of a model that is not there", client.is_model_ready("nothing"))
    say("triton get_server_metadata", client.get_server_metadata())
    metadata = client.get_model_metadata(model)
    say("triton get_model_metadata", metadata)
    assert version in metadata["versions"]
    name = metadata["inputs"][0]["name"]
    x = window()[:, :, [0] * metadata["inputs"][0]["shape"][2]]
    answers = {}
    for binary in (True, False):
        given = triton.InferInput(name, list(x.shape), "FP32")
        given.set_data_from_numpy(x, binary_data=binary)
        asked = [
            triton.InferRequestedOutput(output["name"], binary_data=binary) for output in metadata["outputs"]
        ]
        for numbered in ("", version):
            result = client.infer(model, [given], model_version=numbered, outputs=asked, request_id="7")
            assert result.get_response()["id"] == "7"
            answers[binary, numbered] = result.as_numpy(metadata["outputs"][0]["name"])
    first = answers[True, ""]
    assert all(np.array_equal(first, one) for one in answers.values())
    say("triton infer, JSON and binary, with and without version", first.ravel())
    both = np.concatenate([x, x + 1])
    given = triton.InferInput(name, list(both.shape), "FP32")
    given.set_data_from_numpy(both)
    batch = client.infer(model, [given]).as_numpy(metadata["outputs"][0]["name"])
    np.testing.assert_allclose(batch[:1], first, atol=1e-4)
    say("triton infer, a batch of two", batch.shape)
    threads = [client.async_infer(model, [given]) for _ in range(8)]
    assert all(np.array_equal(one.get_result().as_numpy(metadata["outputs"][0]["name"]), batch) for one in threads)
    say("triton async_infer, eight at once", "equal")
    wrong = triton.InferInput("nothing", list(x.shape), "FP32")
    wrong.set_data_from_numpy(x)
    for what, call in {
        "an input that is not there": lambda: client.infer(model, [wrong]),
        "a model that is not there": lambda: client.infer("nothing", [given]),
        "a version that is not there": lambda: client.get_model_metadata(model, "99"),
    }.items():
        try:
            call()
            raise AssertionError(f"{what}: no error")
        except InferenceServerException as error:
            say(f"triton, {what}", f"[{error.status()}] {error.message()}")
    client.close()
    return name, x, metadata["outputs"][0]["name"], first


async def ask_kserve(name, x, output, expected):
    client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30, retries=0))
    say("kserve is_server_live", await client.is_server_live(url))
    say("kserve is_server_ready", await client.is_server_ready(url))
    say("kserve is_model_ready", await client.is_model_ready(url, model))
    for binary in (True, False):
        given = InferInput(name=name, shape=list(x.shape), datatype="FP32")
        given.set_data_from_numpy(x, binary_data=binary)
        request = InferRequest(
            model_name=model, infer_inputs=[given], request_id="8", parameters={"binary_data_output": binary}
        )
        response = await client.infer(url, request, model_name=model)
        # (This client keeps no version of its answers.)
        assert response.id == "8" and response.model_name == model, response
        found = next(one for one in response.outputs if one.name == output).as_numpy()
        np.testing.assert_allclose(np.asarray(found).reshape(expected.shape), expected, atol=1e-6)
        say(f"kserve infer, {'binary' if binary else 'JSON'}", np.asarray(found).ravel())
    try:
        await client.infer(url, request, model_name="nothing")
        raise AssertionError("no error")
    except Exception as error:  # httpx.HTTPStatusError
        if isinstance(error, AssertionError):
            raise
        say("kserve, a model that is not there", type(error).__name__ + ": " + str(error).splitlines()[0])


asyncio.run(ask_kserve(*ask_triton()))
print("all as expected")
