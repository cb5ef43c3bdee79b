"""``python -m firmware_sim.fleet.ground``: a calm ground under the windows, with a caption; captions come on stdin.

A line is ``{"title":…,"text":…}``. It stays below all other windows, whatever is clicked.
"""

import os
import sys
import tkinter
from tkinter import font

import click
import msgspec

GROUND, INK, MUTE = "#262B33", "#F4F6F8", "#B4BEC9"
POLL_MS = 50


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A caption."""

    title: str = ""
    text: str = ""


@click.command()
@click.option("--size", type=(int, int), required=True)
@click.option("--caption", type=(int, int, int, int), required=True, help="Left, top, width, height.")
def main(size: tuple[int, int], caption: tuple[int, int, int, int]) -> None:
    """Show the ground until standard input ends."""
    root = tkinter.Tk()
    root.title("Usher · demo")
    root.geometry(f"{size[0]}x{size[1]}+0+0")
    root.configure(background=GROUND)
    if root.tk.call("tk", "windowingsystem") == "x11":
        root.attributes("-type", "desktop")
    left, top, width, height = caption
    family = font.nametofont("TkDefaultFont").actual("family")
    title = tkinter.Label(root, background=GROUND, foreground=INK, anchor="w", font=(family, 22, "bold"))
    text = tkinter.Label(
        root, background=GROUND, foreground=MUTE, anchor="nw", justify="left", wraplength=width, font=(family, 15)
    )
    title.place(x=left, y=top, width=width, height=min(48, height))
    text.place(x=left, y=top + 50, width=width, height=max(0, height - 50))
    for event in ("<Button>", "<FocusIn>"):
        root.bind(event, lambda _event: root.lower())
    os.set_blocking(0, False)
    rest = b""

    def read() -> None:
        nonlocal rest
        try:
            chunk = os.read(0, 65536)
        except BlockingIOError:
            root.after(POLL_MS, read)
            return
        if not chunk:
            root.destroy()
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            shown = msgspec.json.decode(line, type=Line)
            title.configure(text=shown.title)
            text.configure(text=shown.text)
        root.after(POLL_MS, read)

    read()
    root.lower()
    root.mainloop()


if __name__ == "__main__":
    sys.exit(main())
