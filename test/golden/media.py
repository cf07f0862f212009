"""Recordings and images in every format that is taken in, and what libsndfile and Pillow read in them: test/golden/media/.

    python3 -m venv /tmp/media && /tmp/media/bin/pip install soundfile numpy pillow
    /tmp/media/bin/python test/golden/media.py

The recordings are a tenth of a second of two tones (440 Hz left, 660 Hz right) under noise of seed 7; the images 12 × 8 pixels
of seed 7.
"""
import json
from pathlib import Path

import numpy
import PIL
import soundfile
from PIL import Image

folder = Path(__file__).parent / "media"
folder.mkdir(exist_ok=True)
random = numpy.random.default_rng(7)
expected = {"made_by": {"libsndfile": soundfile.__libsndfile_version__, "soundfile": soundfile.__version__,
                        "pillow": PIL.__version__, "numpy": numpy.__version__, "seed": 7},
            "audio": {}, "images": {}}


def tones(rate, channels):
    time = numpy.arange(rate // 10) / rate
    sound = [0.5 * numpy.sin(2 * numpy.pi * frequency * time) for frequency in (440, 660)[:channels]]
    return numpy.stack(sound, axis=1) + 0.01 * random.standard_normal((len(time), channels))


def recording(name, rate, channels, **kind):
    path = folder / name
    soundfile.write(path, tones(rate, channels), rate, **kind)
    read, rate = soundfile.read(path, dtype="float64", always_2d=True)
    mono = numpy.clip(numpy.rint(read.mean(axis=1) * 32768), -32768, 32767).astype(int)
    expected["audio"][name] = {"sample_rate": rate, "channels": channels, "samples": mono.tolist()}


recording("pcm16-mono.wav", 8000, 1, format="WAV", subtype="PCM_16")
recording("pcm16-stereo.wav", 8000, 2, format="WAV", subtype="PCM_16")
recording("pcm8.wav", 8000, 1, format="WAV", subtype="PCM_U8")
recording("pcm24.wav", 8000, 1, format="WAV", subtype="PCM_24")
recording("float.wav", 8000, 1, format="WAV", subtype="FLOAT")
recording("ulaw.wav", 8000, 1, format="WAV", subtype="ULAW")
recording("extensible.wav", 8000, 2, format="WAVEX", subtype="PCM_16")
recording("mono.flac", 16000, 1, format="FLAC", subtype="PCM_16")
recording("stereo24.flac", 16000, 2, format="FLAC", subtype="PCM_24")
recording("vorbis.ogg", 16000, 1, format="OGG", subtype="VORBIS")
recording("opus.ogg", 48000, 1, format="OGG", subtype="OPUS")
recording("layer3.mp3", 16000, 1, format="MP3", subtype="MPEG_LAYER_III")


def image(name, mode, array, **options):
    path = folder / name
    Image.fromarray(array, mode if mode != "P" else None).save(path, **options) if mode != "P" else \
        Image.fromarray(array).quantize(8).save(path)
    read = Image.open(path)
    if mode == "P":
        read = read.convert("RGB")
    pixels = numpy.asarray(read)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    expected["images"][name] = {"width": read.width, "height": read.height, "channels": channels,
                                "pixels": pixels.reshape(-1).astype(int).tolist()}


def noise(*shape):
    return random.integers(0, 256, shape, dtype=numpy.uint8)


image("grey.png", "L", noise(8, 12))
image("rgb.png", "RGB", noise(8, 12, 3))
image("rgba.png", "RGBA", noise(8, 12, 4))
image("palette.png", "P", noise(8, 12, 3))
smooth = numpy.add.outer(numpy.arange(8) * 20, numpy.arange(12) * 5).astype(numpy.uint8)
image("grey.jpg", "L", smooth, quality=95)
image("rgb.jpg", "RGB", numpy.stack([smooth, smooth[::-1], smooth], axis=2), quality=95, subsampling=0)

(folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
