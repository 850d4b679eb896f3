"""Reads declared plots with their rows or pictures."""

from typing import Any

from experiments.snapshot import Plot, Reading
from services.dvc.extract.documents import Unreadable
from services.dvc.extract.readings import FoundFile, find
from services.dvc.extract.results import pictures
from services.dvc.extract.results.plot_definitions import Definition
from services.dvc.extract.results.series import Tables, series
from services.dvc.extract.tree import Tree
from services.dvc.extract.values import shortened

PICTURE = 2_000_000  # bytes of a picture file
PICTURES = 12_000_000  # characters of all packed pictures of a commit
DETAIL = 1_000  # characters of why a plot is not read
CELLS = 500_000  # values of all series of a commit
MAGIC = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
}


class PlotReader:
    """Reads one plot after the other, within the limits of one commit."""

    def __init__(self, project: Tree) -> None:
        self._project = project
        self._tables = Tables(project.root)
        self._characters = PICTURES
        self._cells = CELLS

    def read(self, definition: Definition) -> Plot:
        """Return the plot.

        It is UNREADABLE, with the reason, where its files exist but are not what their names promise.
        """
        path = definition.paths[0]
        if path.lower().endswith(".svg"):
            detail = "svg pictures are not shown, because they can hold programs: save it as png"
            return self._plot(definition, FoundFile(self._project.root / path, Reading.UNREADABLE, detail))
        suffix = "." + path.lower().rpartition(".")[2]
        if suffix in MAGIC:
            return self._picture(definition, find(self._project, path, PICTURE), MAGIC[suffix])
        found = [find(self._project, file) for file in definition.paths]
        missing = next((one for one in found if one.reading is not Reading.READ), None)
        return self._plot(definition, missing) if missing else self._series(definition, found[0])

    def _series(self, definition: Definition, found: FoundFile) -> Plot:
        try:
            x, ys, rows, detail = series(self._tables, definition)
            cells = len(rows) * (len(ys) + 1)
            if cells > self._cells:
                raise Unreadable(f"the plots of this commit hold more than {CELLS:,} values together")
        except (Unreadable, RecursionError) as why:
            detail = "it is nested too deep" if isinstance(why, RecursionError) else str(why)
            return self._plot(definition, FoundFile(found.file, Reading.UNREADABLE, detail, found.cached))
        self._cells -= cells
        return self._plot(definition, found, x=x, ys=ys, rows=rows, detail=detail)

    def _picture(self, definition: Definition, found: FoundFile, magic: tuple[bytes, ...]) -> Plot:
        if found.reading is not Reading.READ:
            return self._plot(definition, found, kind="image")
        data = found.file.read_bytes()
        try:
            if not data.startswith(magic):
                raise Unreadable(f"its bytes are no {found.file.suffix[1:].lower()} picture")
            image = pictures.read(data)
            if len(image) > self._characters:
                raise Unreadable(f"the pictures of this commit take more than {PICTURES:,} bytes together")
        except Unreadable as why:
            refused = FoundFile(found.file, Reading.UNREADABLE, str(why), found.cached)
            return self._plot(definition, refused, kind="image")
        self._characters -= len(image)
        return self._plot(definition, found, kind="image", image=image)

    @staticmethod
    def _plot(definition: Definition, found: FoundFile, **read: Any) -> Plot:
        props = definition.props
        kind = read.pop("kind", "series")
        values = {"detail": found.detail, **read}
        values["detail"] = values["detail"][:DETAIL]
        return Plot(
            id=definition.id,
            path=definition.paths[0],
            more=tuple(definition.paths[1:]),
            reading=found.reading,
            kind=kind,
            title=shortened(props.get("title") or ""),
            x_label=shortened(props.get("x_label") or ""),
            y_label=shortened(props.get("y_label") or ""),
            template=shortened(props.get("template") or "linear"),
            cached=found.cached,
            **values,
        )
