"""Files of pictures for tests: whole ones in every format and mode, and hostile ones."""

import io
import struct
import zlib

from PIL import Image, ImageDraw


def drawing(size=(800, 500), mode="RGB", seed=0):
    """Return an image with shapes that differ by `seed`, so that its difference hash does as well."""
    image = Image.new("RGB", size, (40, 90, 160))
    draw = ImageDraw.Draw(image)
    width, height = size
    for step in range(6):
        left, top = (step * 37 + seed * 53) % 90, (step * 61 + seed * 29) % 80
        box = (left * width // 100, top * height // 100, (left + 25) * width // 100, (top + 30) * height // 100)
        draw.rectangle(box, fill=((step * 80 + seed * 40) % 256, (step * 45) % 256, (200 - step * 30) % 256))
    return image if mode == "RGB" else image.convert(mode)


def encoded(image, format_name="JPEG", **options):
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def picture_bytes(size=(800, 500), format_name="JPEG", seed=0, **options):
    return encoded(drawing(size, seed=seed), format_name, **options)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width, height):
    """Return a PNG of a few bytes that says it is enormous: a pixel bomb."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    chunks = [png_chunk(b"IHDR", header), png_chunk(b"IDAT", data), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_with_text_bomb():
    """Return a PNG with a compressed text of 64 MiB: a chunk bomb."""
    whole = encoded(drawing((64, 64)), "PNG")
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 64 * 1024**2))
    # After the signature and the header.
    return whole[:33] + bomb + whole[33:]


def gif_with_frames(count):
    """Return an animation; decoding all of it would take `count` times as long as its first frame."""
    frames = [Image.new("P", (200, 200), number % 256) for number in range(count)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
