"""Paints the banners of the ad network and the small pictures of the sites that remember.

Needs Pillow; run it in this folder: `python banners.py`. The pictures are part of the lab's content.
"""

import pathlib

from PIL import Image, ImageDraw, ImageFont

SITES = pathlib.Path(__file__).parent / "sites"
BANNERS = SITES / "ad.doubleclick.net/banners"


def font(size):
    return ImageFont.load_default(size)


def banner(name, colour, words, below):
    im = Image.new("RGB", (468, 60), colour)
    d = ImageDraw.Draw(im)
    d.rectangle((0, 0, 467, 59), outline=(27, 35, 48))
    d.text((16, 7), words, fill=(255, 255, 255), font=font(24))
    d.text((16, 37), below, fill=(255, 255, 255), font=font(13))
    d.polygon([(420, 12), (420, 48), (450, 30)], fill=(255, 255, 255))
    im.convert("P", palette=Image.ADAPTIVE, colors=16).save(BANNERS / f"{name}.gif", optimize=True)


def box(name, ground, ink):
    im = Image.new("RGB", (96, 72), ground)
    d = ImageDraw.Draw(im)
    d.polygon([(20, 28), (48, 18), (76, 28), (48, 38)], fill=tuple(min(255, c + 60) for c in ink))
    d.polygon([(20, 28), (48, 38), (48, 60), (20, 50)], fill=ink)
    d.polygon([(76, 28), (48, 38), (48, 60), (76, 50)], fill=tuple(c * 3 // 4 for c in ink))
    im.convert("P", palette=Image.ADAPTIVE, colors=8).save(SITES / name / "box.gif", optimize=True)


def main():
    BANNERS.mkdir(parents=True, exist_ok=True)
    banner("everybody", (92, 98, 108), "This space is for sale", "ask your ad network")
    banner("tents", (36, 110, 74), "Tents for every weather", "because you looked at tents")
    banner("breathing", (30, 100, 150), "Breathe freely again", "because you read about asthma")
    banner("books", (140, 84, 20), "Books by the metre", "because you looked at books")
    for name, ground, ink in (("cookies.lab", (222, 232, 240), (190, 120, 50)), ("other.lab", (240, 226, 222), (90, 110, 160))):
        (SITES / name).mkdir(parents=True, exist_ok=True)
        box(name, ground, ink)


if __name__ == "__main__":
    main()
