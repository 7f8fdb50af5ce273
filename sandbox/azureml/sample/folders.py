"""Three people's folders on the file share of the sample workspace `forecast`."""

import json

from sandbox.azureml.model import ShareFile
from sandbox.studio.content import Content, SyntheticContent, text
from sandbox.studio.sample.people import TOMAS_ALIAS

TOMAS_FOLDER = f"Users/{TOMAS_ALIAS}"
OTHER_FOLDERS = (f"Users/{TOMAS_ALIAS}2", "Users/m-owner")
"""The folders of others; the name of one begins like that of Tomas's."""


def forecast_files() -> tuple[ShareFile, ...]:
    """Give the folders, nested, with names and sizes of every kind, and a file of nobody's."""
    tomas: tuple[tuple[str, Content], ...] = (
        ("demand.ipynb", _notebook("demand of t-user")),
        ("src/train.py", text("print('training')\n")),
        ("src/data/2026/Umsätze & Prognose #1.csv", text("week,sold\n1,12\n")),
        ("src/data/empty.txt", text("")),
        ("src/data./a.", text("a name that ends in a dot\n")),
        ("src/data./a", text("another file\n")),
        ("models/weights.bin", SyntheticContent(3_000_001, "weights of t-user")),
        (".amlignore", text("data/\n")),
    )
    twin, mira = OTHER_FOLDERS
    return (
        *(ShareFile(f"{TOMAS_FOLDER}/{name}", content) for name, content in tomas),
        ShareFile(f"{twin}/demand.ipynb", _notebook("demand of somebody else")),
        ShareFile(f"{twin}/src/train.py", text("print('mine')\n")),
        ShareFile(f"{mira}/budget.ipynb", _notebook("budget")),
        ShareFile("Users/readme.txt", text("One folder for each of us.\n")),
    )


def _notebook(title: str) -> Content:
    cell = {"cell_type": "markdown", "metadata": {}, "source": [f"# {title}"]}
    return text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
