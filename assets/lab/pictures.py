"""Paints the ten JPEG pictures of the department's page and the tiles of generated objects.

Needs Pillow and numpy; run it in this folder: `python pictures.py`. The pictures are part of the lab's content and their
sizes are documented in README.md, so after running it compare the sizes (a test does, too).
"""

import io
import math
import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

W, H, SS = 480, 300, 3
HERE = pathlib.Path(__file__).parent
IMAGES = HERE / "sites/www.someschool.edu/someDepartment/images"
TILES = HERE / "tiles"


def gradient(stops, w=W * SS, h=H * SS):
    """A vertical gradient through (position, colour) stops."""
    ys = np.linspace(0, 1, h)
    at = [s[0] for s in stops]
    channels = [np.interp(ys, at, [s[1][c] for s in stops]) for c in range(3)]
    column = np.stack(channels, axis=1)[:, None, :]
    return np.repeat(column, w, axis=1)


def ridge(seed, base, height, roughness=0.55, w=W * SS):
    """A mountain line: sum of octaves of value noise, in pixels from the top."""
    rng = np.random.default_rng(seed)
    xs, line, amp, cells = np.arange(w), np.zeros(w), 1.0, 3
    for _ in range(7):
        knots = rng.uniform(-1, 1, cells + 2)
        t = xs / w * cells
        i = t.astype(int)
        f = t - i
        f = f * f * (3 - 2 * f)
        line += amp * (knots[i] * (1 - f) + knots[i + 1] * f)
        amp *= roughness
        cells *= 2
    return (base + height * line / 2) * H * SS


def fill_below(field, line, top, bottom):
    """Paints everything below a line with a gradient measured from the line down."""
    h, w, _ = field.shape
    ys = np.arange(h)[:, None]
    depth = np.clip((ys - line[None, :]) / (h * 0.45), 0, 1)[..., None]
    colour = np.array(top) * (1 - depth) + np.array(bottom) * depth
    edge = np.clip(ys - line[None, :] + 0.5, 0, 1)[..., None]
    field[:] = field * (1 - edge) + colour * edge


def sun(field, x, y, r, colour, glow):
    h, w, _ = field.shape
    yy, xx = np.mgrid[0:h, 0:w]
    d = np.hypot(xx - x * w, yy - y * h) / (r * h)
    disc = np.clip((1 - d) * r * h, 0, 1)[..., None]
    halo = (0.75 * np.exp(-(d - 0.8).clip(0) * glow))[..., None]
    c = np.array(colour)
    field[:] = field * (1 - halo) + c * halo
    field[:] = field * (1 - disc) + np.array([255, 250, 235]) * disc


def stars(field, seed, count, top=0.6):
    rng = np.random.default_rng(seed)
    h, w, _ = field.shape
    for _ in range(count):
        x, y, b = int(rng.integers(3, w - 4)), int(rng.integers(3, int(h * top))), rng.uniform(90, 255)
        r = int(rng.integers(1, 3))
        field[y - r : y + r, x - r : x + r] = np.maximum(field[y - r : y + r, x - r : x + r], b)


def water(field, from_y, tint, seed):
    """Mirrors what is above and ripples it."""
    h, w, _ = field.shape
    y0 = int(from_y * h)
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 6.28, 4)
    for y in range(y0, h):
        k = (y - y0) / (h - y0)
        src = max(0, y0 - 1 - int((y - y0) * 0.9))
        shift = int((2 + 26 * k) * math.sin(y * 0.55 / (1 + 2 * k) + phase[0]) + 6 * k * math.sin(y * 1.7 + phase[1]))
        row = np.roll(field[src], shift, axis=0)
        mix = 0.28 + 0.3 * k
        field[y] = row * (1 - mix) + np.array(tint) * mix


def grain(field, seed, strength=5.0):
    rng = np.random.default_rng(seed)
    h, w, _ = field.shape
    small = rng.normal(0, strength, (h // SS, w // SS, 1))
    field[:] = field + np.repeat(np.repeat(small, SS, 0), SS, 1)


def to_image(field):
    return Image.fromarray(field.clip(0, 255).astype(np.uint8))


def s(*values):
    return [v * SS for v in values]


def tree(draw, x, y, size, colour):
    for i in range(4):
        half, top = size * (0.22 + 0.11 * i), y - size * (1.25 - 0.30 * i)
        draw.polygon(s(x - half, top + size * 0.42, x + half, top + size * 0.42, x, top), fill=colour)
    draw.rectangle(s(x - size * 0.05, y, x + size * 0.05, y + size * 0.14), fill=(66, 48, 40))


def windows(draw, box, cols, rows, lit, dark, rng):
    x0, y0, x1, y1 = box
    cw, ch = (x1 - x0) / cols, (y1 - y0) / rows
    for c in range(cols):
        for r in range(rows):
            colour = lit if rng.random() < 0.55 else dark
            draw.rectangle(s(x0 + cw * (c + 0.25), y0 + ch * (r + 0.25), x0 + cw * (c + 0.75), y0 + ch * (r + 0.78)), fill=colour)


def number(image, n):
    """A small badge drawn with seven segments, so that no font is needed."""
    draw = ImageDraw.Draw(image, "RGBA")
    digits = str(n)
    width = 15 + 15 * len(digits)
    draw.rounded_rectangle(s(12, H - 44, 12 + width, H - 12), radius=8 * SS, fill=(12, 20, 32, 170))
    on = {"0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg"}
    for i, d in enumerate(digits):
        x, y, w, h, t = 22 + 15 * i, H - 37, 9, 18, 2.4
        if d == "1":
            x -= 4
        bars = {
            "a": (x, y, x + w, y + t), "g": (x, y + h / 2 - t / 2, x + w, y + h / 2 + t / 2), "d": (x, y + h - t, x + w, y + h),
            "f": (x, y, x + t, y + h / 2), "b": (x + w - t, y, x + w, y + h / 2),
            "e": (x, y + h / 2, x + t, y + h), "c": (x + w - t, y + h / 2, x + w, y + h),
        }
        for bar in on[d]:
            draw.rectangle(s(*bars[bar]), fill=(255, 255, 255, 235))


def campus():
    f = gradient([(0, (64, 120, 190)), (0.55, (190, 215, 235)), (0.75, (250, 225, 190))])
    sun(f, 0.78, 0.52, 0.06, (255, 214, 150), 3.2)
    fill_below(f, ridge(3, 0.60, 0.10), (126, 150, 170), (150, 170, 170))
    fill_below(f, ridge(5, 0.70, 0.06), (92, 134, 96), (58, 104, 66))
    im = to_image(f)
    d = ImageDraw.Draw(im)
    rng = np.random.default_rng(1)
    d.rectangle(s(110, 150, 370, 232), fill=(176, 88, 66))
    d.polygon(s(100, 152, 380, 152, 350, 128, 130, 128), fill=(92, 70, 76))
    windows(d, (118, 158, 205, 228), 6, 3, (250, 238, 200), (96, 72, 74), rng)
    windows(d, (275, 158, 362, 228), 6, 3, (250, 238, 200), (96, 72, 74), rng)
    d.polygon(s(205, 140, 275, 140, 240, 108), fill=(232, 222, 204))
    d.rectangle(s(208, 140, 272, 232), fill=(222, 210, 190))
    for x in (214, 230, 246, 262):
        d.rectangle(s(x - 3, 146, x + 3, 232), fill=(250, 244, 230))
    d.rectangle(s(233, 196, 247, 232), fill=(84, 56, 46))
    d.polygon(s(232, 232, 248, 232, 300, 300, 180, 300), fill=(214, 202, 178))
    for x, y, size in ((60, 236, 46), (88, 246, 38), (410, 238, 50), (440, 250, 40), (30, 256, 60)):
        tree(d, x, y, size, (38, 92, 62))
    return im


def lake():
    f = gradient([(0, (40, 52, 110)), (0.4, (196, 96, 120)), (0.62, (255, 190, 120))])
    sun(f, 0.30, 0.50, 0.055, (255, 200, 130), 2.4)
    fill_below(f, ridge(11, 0.50, 0.16), (84, 62, 104), (120, 84, 110))
    fill_below(f, ridge(12, 0.57, 0.07), (52, 42, 78), (60, 46, 80))
    im = to_image(f)
    d = ImageDraw.Draw(im)
    d.polygon(s(344, 186, 480, 176, 480, 192, 330, 192), fill=(32, 28, 52))
    d.polygon(s(388, 180, 412, 180, 407, 92, 393, 92), fill=(236, 226, 220))
    for y in (104, 130, 156):
        d.polygon(s(393 - (y - 92) / 18, y, 407 + (y - 92) / 18, y, 407 + (y - 78) / 18, y + 13, 393 - (y - 78) / 18, y + 13), fill=(188, 60, 58))
    d.rectangle(s(392, 80, 408, 92), fill=(255, 236, 160))
    d.polygon(s(389, 80, 411, 80, 400, 68), fill=(60, 40, 54))
    f = np.asarray(im).astype(float)
    water(f, 0.64, (58, 60, 110), 4)
    return to_image(f)


def peaks():
    f = gradient([(0, (28, 88, 160)), (0.6, (170, 208, 236))])
    for seed, base, height, top, bottom in ((21, 0.44, 0.30, (236, 242, 250), (120, 146, 180)), (22, 0.58, 0.22, (150, 172, 196), (84, 112, 146)), (23, 0.74, 0.14, (66, 104, 104), (36, 70, 64))):
        fill_below(f, ridge(seed, base, height, 0.6), top, bottom)
    im = to_image(f)
    d = ImageDraw.Draw(im)
    rng = np.random.default_rng(9)
    for x in range(-10, 490, 13):
        tree(d, x + rng.uniform(-5, 5), 262 + rng.uniform(-12, 30), rng.uniform(26, 46), (22 + int(rng.integers(0, 16)), 62 + int(rng.integers(0, 22)), 50))
    return im


def mast():
    f = gradient([(0, (8, 12, 34)), (0.6, (26, 44, 92)), (0.85, (92, 78, 120))])
    stars(f, 31, 420, 0.75)
    fill_below(f, ridge(32, 0.80, 0.10), (18, 26, 44), (8, 12, 24))
    im = to_image(f)
    d = ImageDraw.Draw(im, "RGBA")
    for r in range(26, 150, 20):
        for side in (0, 180):
            d.arc(s(300 - r, 62 - r, 300 + r, 62 + r), side - 34, side + 34, fill=(130, 210, 255, max(30, 210 - r)), width=2 * SS)
    left, right, top, bottom = 272, 328, 62, 250
    steps = 9
    for i in range(steps):
        a, b = i / steps, (i + 1) / steps
        ya, yb = bottom + (top - bottom) * a, bottom + (top - bottom) * b
        la, ra = left + (298 - left) * a, right + (302 - right) * a
        lb, rb = left + (298 - left) * b, right + (302 - right) * b
        for line in ((la, ya, rb, yb), (ra, ya, lb, yb), (la, ya, lb, yb), (ra, ya, rb, yb), (lb, yb, rb, yb)):
            d.line(s(*line), fill=(206, 212, 224, 255), width=2 * SS - 1)
    d.ellipse(s(294, 52, 306, 64), fill=(255, 80, 70, 255))
    d.rectangle(s(340, 226, 392, 252), fill=(40, 46, 66, 255))
    d.rectangle(s(352, 234, 364, 244), fill=(255, 226, 150, 255))
    return im


def cable_ship():
    f = gradient([(0, (120, 178, 216)), (0.5, (214, 230, 236)), (0.58, (240, 238, 226))])
    fill_below(f, ridge(41, 0.56, 0.05), (140, 164, 176), (150, 176, 186))
    h = f.shape[0]
    y0 = int(0.62 * h)
    ys = np.arange(h - y0)[:, None]
    xs = np.arange(f.shape[1])[None, :]
    wave = np.sin(xs * 0.02 + ys * 0.09) * np.sin(xs * 0.007 - ys * 0.05)
    depth = (ys / (h - y0))[..., None]
    sea = np.array((70, 140, 170)) * (1 - depth) + np.array((12, 52, 86)) * depth + 12 * wave[..., None]
    f[y0:] = sea
    im = to_image(f)
    d = ImageDraw.Draw(im)
    d.polygon(s(120, 172, 372, 172, 344, 208, 142, 208), fill=(196, 52, 46))
    d.rectangle(s(128, 164, 366, 174), fill=(240, 240, 238))
    d.rectangle(s(268, 118, 336, 166), fill=(248, 248, 246))
    d.rectangle(s(280, 100, 322, 120), fill=(236, 236, 232))
    for x in range(274, 332, 12):
        d.rectangle(s(x, 128, x + 7, 136), fill=(44, 70, 92))
        d.rectangle(s(x, 146, x + 7, 154), fill=(44, 70, 92))
    d.rectangle(s(292, 74, 308, 102), fill=(40, 60, 110))
    d.line(s(214, 164, 214, 86), fill=(230, 170, 40), width=4 * SS)
    d.line(s(214, 92, 140, 132), fill=(230, 170, 40), width=3 * SS)
    d.ellipse(s(148, 136, 190, 178), fill=(60, 60, 66))
    d.ellipse(s(160, 148, 178, 166), fill=(220, 180, 60))
    d.line(s(150, 150, 128, 160, 116, 196, 104, 250, 60, 288, 0, 296), fill=(24, 24, 30), width=2 * SS, joint="curve")
    return im


def forest():
    f = gradient([(0, (214, 226, 206)), (0.7, (150, 186, 150))])
    sun(f, 0.55, 0.22, 0.05, (255, 250, 214), 1.6)
    im = to_image(f)
    rng = np.random.default_rng(5)
    for layer in range(5):
        d = ImageDraw.Draw(im)
        k = layer / 4
        colour = tuple(int(a * (1 - k) + b * k) for a, b in zip((150, 184, 158), (20, 52, 38)))
        ground = 136 + 38 * layer
        for x in np.arange(-20, 500, 22 + 5 * layer):
            tree(d, x + rng.uniform(-9, 9), ground + rng.uniform(-4, 6), 36 + 9 * layer + rng.uniform(-8, 12), colour)
        d.rectangle(s(-5, ground, W + 5, H + 5), fill=colour)
    d = ImageDraw.Draw(im)
    d.polygon(s(196, 300, 262, 300, 236, 276, 250, 258, 240, 246, 232, 246, 236, 260, 216, 276), fill=(196, 176, 130))
    return im


def dish():
    f = gradient([(0, (66, 130, 200)), (0.5, (226, 206, 176)), (0.7, (244, 190, 130))])
    fill_below(f, ridge(51, 0.62, 0.10), (190, 120, 84), (206, 140, 96))
    fill_below(f, ridge(52, 0.78, 0.05), (222, 168, 108), (186, 124, 76))
    im = to_image(f)
    d = ImageDraw.Draw(im, "RGBA")
    d.ellipse(s(150, 258, 360, 280), fill=(110, 66, 40, 110))
    d.polygon(s(216, 262, 284, 262, 262, 182, 240, 182), fill=(226, 228, 232, 255))
    dish_im = Image.new("RGBA", im.size)
    e = ImageDraw.Draw(dish_im)
    e.ellipse(s(140, 104, 350, 196), fill=(206, 210, 218, 255))
    e.ellipse(s(148, 104, 342, 178), fill=(242, 244, 248, 255))
    e.ellipse(s(172, 116, 318, 168), fill=(224, 228, 236, 255))
    for x in (176, 314):
        e.line(s(x, 140, 245, 76), fill=(120, 128, 140, 255), width=2 * SS)
    e.ellipse(s(236, 66, 254, 84), fill=(196, 70, 60, 255))
    im.paste(dish_im.rotate(24, center=s(245, 160), resample=Image.BICUBIC), (0, 0), dish_im.rotate(24, center=s(245, 160), resample=Image.BICUBIC))
    return im


def skyline():
    f = gradient([(0, (16, 18, 52)), (0.55, (96, 56, 120)), (0.8, (240, 130, 110))])
    stars(f, 61, 160, 0.4)
    im = to_image(f)
    rng = np.random.default_rng(62)
    for layer, (colour, low, high, lit) in enumerate((((58, 44, 92), 70, 150, (236, 180, 150)), ((28, 24, 56), 40, 130, (255, 222, 140)))):
        d = ImageDraw.Draw(im)
        x = -8
        while x < W:
            width, top = rng.uniform(26, 48), 216 - rng.uniform(low, high) + 30 * layer
            d.rectangle(s(x, top, x + width, H), fill=colour)
            if rng.random() < 0.3:
                d.line(s(x + width / 2, top, x + width / 2, top - 22), fill=colour, width=2 * SS)
            windows(d, (x + 3, top + 6, x + width - 3, 240), max(2, int(width / 9)), max(3, int((240 - top) / 12)), lit, colour, rng)
            x += width + rng.uniform(1, 5)
    f = np.asarray(im).astype(float)
    water(f, 0.80, (30, 26, 70), 8)
    return to_image(f)


def bridge():
    f = gradient([(0, (150, 190, 214)), (0.5, (230, 232, 224)), (0.7, (250, 240, 220))])
    fill_below(f, ridge(71, 0.56, 0.12), (150, 170, 180), (170, 184, 186))
    fill_below(f, ridge(72, 0.66, 0.05), (96, 128, 110), (90, 120, 104))
    im = to_image(f)
    d = ImageDraw.Draw(im)
    red = (178, 56, 44)
    for x in (130, 350):
        for dx in (-9, 9):
            d.rectangle(s(x + dx - 3, 52, x + dx + 3, 226), fill=red)
        for y in (64, 96, 130):
            d.rectangle(s(x - 10, y, x + 10, y + 6), fill=red)

    def cable(x):
        if x < 130:
            return 56 + (130 - x) * 0.98
        if x > 350:
            return 56 + (x - 350) * 0.98
        return 56 + 108 * (1 - ((x - 240) / 110) ** 2)

    points = [v for x in range(-4, 486, 2) for v in s(x, min(cable(x), 184))]
    d.line(points, fill=red, width=3 * SS, joint="curve")
    for x in range(0, 482, 11):
        d.line(s(x, min(cable(x), 184), x, 186), fill=(190, 84, 70), width=SS)
    d.rectangle(s(-5, 184, 485, 193), fill=red)
    f = np.asarray(im).astype(float)
    water(f, 0.76, (70, 110, 128), 2)
    return to_image(f)


def orbit():
    f = gradient([(0, (4, 6, 18)), (1, (8, 12, 34))])
    stars(f, 81, 520, 1.0)
    h, w, _ = f.shape
    yy, xx = np.mgrid[0:h, 0:w]
    cx, cy, r = 0.40 * w, 1.30 * h, 0.86 * h
    d = np.hypot(xx - cx, yy - cy) / r
    rng = np.random.default_rng(82)

    def noise():
        field = np.zeros((h, w))
        for cells, amp in ((4, 1.0), (8, 0.6), (16, 0.35), (32, 0.2)):
            small = Image.fromarray(rng.uniform(0, 255, (cells, cells * 2)).astype(np.uint8)).resize((w, h), Image.BICUBIC)
            field += amp * np.asarray(small).astype(float) / 255
        return field / 2.15

    land = (np.clip((noise() - 0.5) * 16, 0, 1))[..., None]
    cloud = (np.clip((noise() - 0.56) * 6, 0, 0.85))[..., None]
    globe = np.array((24, 86, 160)) * (1 - land) + np.array((70, 130, 80)) * land
    globe = globe * (1 - cloud) + np.array((244, 248, 252)) * cloud
    globe *= np.clip(1.15 - 0.55 * xx / w, 0.3, 1.2)[..., None]
    inside = np.clip((1 - d) * r, 0, 1)[..., None]
    halo = (np.exp(-((d - 1).clip(0)) * 26) * 0.8)[..., None]
    f[:] = f * (1 - halo) + np.array((120, 190, 255)) * halo
    f[:] = f * (1 - inside) + globe * inside
    im = to_image(f)
    sat = Image.new("RGBA", im.size)
    e = ImageDraw.Draw(sat)
    e.rectangle(s(318, 78, 350, 112), fill=(222, 202, 130, 255))
    for x0, x1 in ((248, 312), (356, 420)):
        e.rectangle(s(x0, 82, x1, 108), fill=(34, 60, 130, 255))
        for x in np.arange(x0, x1 + 1, 16):
            e.line(s(x, 82, x, 108), fill=(150, 180, 230, 255), width=SS)
        e.line(s(x0, 95, x1, 95), fill=(150, 180, 230, 255), width=SS)
    e.pieslice(s(320, 104, 348, 132), 0, 180, fill=(236, 238, 242, 255))
    sat = sat.rotate(-18, center=s(334, 95), resample=Image.BICUBIC)
    im.paste(sat, (0, 0), sat)
    return im


SCENES = [campus, lake, peaks, mast, cable_ship, forest, dish, skyline, bridge, orbit]
NAMES = ["campus", "lake", "peaks", "mast", "cable-ship", "forest", "dish", "skyline", "bridge", "orbit"]


def main():
    IMAGES.mkdir(parents=True, exist_ok=True)
    TILES.mkdir(parents=True, exist_ok=True)
    for n, (scene, name) in enumerate(zip(SCENES, NAMES), 1):
        field = np.asarray(scene()).astype(float)
        grain(field, 100 + n, 3.0)
        big = to_image(field)
        number(big, n)
        small = big.resize((W, H), Image.LANCZOS)
        small.save(IMAGES / f"{n:02}-{name}.jpg", quality=76, optimize=True, progressive=False)
        tile = big.resize((60, 38), Image.LANCZOS).filter(ImageFilter.SMOOTH)
        buffer = io.BytesIO()
        tile.save(buffer, "JPEG", quality=30, optimize=True, subsampling=2)
        (TILES / f"{n - 1}.jpg").write_bytes(buffer.getvalue())
    dot = io.BytesIO()
    Image.new("L", (1, 1), 90).save(dot, "JPEG", quality=20, optimize=True)
    (TILES / "dot.jpg").write_bytes(dot.getvalue())


if __name__ == "__main__":
    main()
