"""Measure how fast pictures are decoded, scaled and encoded, and how much memory that takes.

Called by `bench/pictures.py processing`. Each figure is compared with plain Pillow doing the same work.
"""

import io
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

PHOTOGRAPH = (2000, 1333)
THREE_WIDTHS = (320, 640, 1280)
TARGET_SHARE, TARGET_SECONDS, TARGET_MEBIBYTES = 0.8, 0.6, 300
LARGE = (8660, 5770)
ROUNDS = 5


def processing():
    """Print the figures; return 1 if an aim is missed."""
    from pictures.decoding import decode
    from pictures.renditions import as_avif, as_webp, encode

    photograph = photograph_bytes(PHOTOGRAPH)
    ours = processor_seconds(lambda: encode(decode(photograph, "image/jpeg").image, "ab" * 16))
    plain = processor_seconds(lambda: plain_pillow(photograph))

    def three_widths():
        with Image.open(io.BytesIO(photograph)) as image:
            image.load()
            for width in THREE_WIDTHS:
                scaled = image.resize((width, width * PHOTOGRAPH[1] // PHOTOGRAPH[0]), Image.Resampling.LANCZOS)
                as_avif(scaled)
                as_webp(scaled)

    three = processor_seconds(three_widths)
    memory = peak_mebibytes()
    figures = [
        (f"all copies of a photograph of {PHOTOGRAPH[0]} pixels: {ours:.2f} s", True),
        (f"as many pictures a second as plain Pillow: {plain / ours:.0%}, aim 80 %", plain / ours >= TARGET_SHARE),
        (f"three widths in two formats: {three:.2f} s, aim {TARGET_SECONDS} s", three <= TARGET_SECONDS),
        (f"peak memory at 50 megapixels: {memory:.0f} MiB, aim {TARGET_MEBIBYTES}", memory <= TARGET_MEBIBYTES),
    ]
    for text, is_met in figures:
        print(text if is_met else f"{text}: MISSED")
    return 0 if all(is_met for _text, is_met in figures) else 1


def plain_pillow(content):
    """Make the same files with Pillow alone, without checks, digests and conversion of colours."""
    from pictures.decoding import fitting_size
    from pictures.renditions import widths_of

    image = Image.open(io.BytesIO(content))
    size = fitting_size(*image.size)
    image = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    image.save(io.BytesIO(), "JPEG", quality=80, progressive=True, optimize=True)
    for width in sorted(widths_of(size[0]), reverse=True):
        image = image.resize((width, size[1] * width // size[0]), Image.Resampling.LANCZOS)
        image.save(io.BytesIO(), "AVIF", quality=52, speed=9, max_threads=1)
        image.save(io.BytesIO(), "WEBP", quality=74, method=2)


def processor_seconds(work):
    """Return the least processor time of several runs."""
    times = []
    for _round in range(ROUNDS):
        began_at = time.process_time()
        work()
        times.append(time.process_time() - began_at)
    return min(times)


def photograph_bytes(size):
    """Return a JPEG with noise at several scales, which compresses about as a photograph does."""
    image = Image.new("RGB", size)
    for cells, share in ((8, 1.0), (40, 0.5), (200, 0.35), (800, 0.12)):
        bands = [Image.effect_noise((cells, cells), 110).resize(size, Image.Resampling.BICUBIC) for _band in "RGB"]
        image = Image.blend(image, Image.merge("RGB", bands), share)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


def peak_mebibytes():
    """Return the peak memory of a process that makes all copies of a JPEG of 50 megapixels, Django included."""
    code = "from bench.picture_processing import process_standard_input; process_standard_input()"
    content = photograph_bytes(LARGE)
    process = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
    return float(process.stdout)


def process_standard_input():
    """Print the peak memory, in MiB, after making all copies of the picture on standard input."""
    import django

    django.setup()
    from pictures.decoding import decode
    from pictures.renditions import encode

    encode(decode(sys.stdin.buffer.read()).image, "ab" * 16)
    # Of this process alone: the peak that `getrusage` reports includes that of the process that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
