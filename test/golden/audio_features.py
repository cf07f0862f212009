"""Log-mel bands and cepstral coefficients by numpy and scipy: test/golden/audio-features.json. Usage: audio_features.py > audio-features.json

The definitions are torchaudio's MelSpectrogram(center=False, mel_scale="htk", norm=None, power=2) with n_fft the next power of two of the frame, the window not centred in
it, and the natural logarithm of at least 1e-6; MFCC is the orthonormal cosine transform (type II) of those.
"""
import json

import numpy as np
import scipy
import scipy.signal
from scipy.fft import dct

SEED = 20261127
RATE, FRAME, HOP, MELS, COEFFICIENTS = 8000, 200, 80, 12, 5
random = np.random.default_rng(SEED)
time = np.arange(900) / RATE
samples = np.round(
    9000 * np.sin(2 * np.pi * 440 * time) + 4000 * np.sin(2 * np.pi * 1700 * time) + random.normal(0, 300, time.size)
).astype(int)


def mel(hertz):
    return 2595 * np.log10(1 + hertz / 700)


def bands(length):
    edges = 700 * (10 ** (np.linspace(mel(0), mel(RATE / 2), MELS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


x = samples / 32768
length = 1 << (FRAME - 1).bit_length()
frames = np.lib.stride_tricks.sliding_window_view(x, FRAME)[::HOP]
window = scipy.signal.get_window("hann", FRAME, fftbins=True)
power = np.abs(np.fft.rfft(frames * window, length)) ** 2
log_mel = np.log(np.maximum(1e-6, power @ bands(length).T))
print(
    json.dumps(
        {
            "made_by": {"script": "test/golden/audio_features.py", "scipy": scipy.__version__, "numpy": np.__version__, "seed": SEED},
            "samples": samples.tolist(),
            "log_mel": log_mel.reshape(-1).tolist(),
            "mfcc": dct(log_mel, type=2, norm="ortho", axis=1)[:, :COEFFICIENTS].reshape(-1).tolist(),
        }
    )
)
