"""A table as learning platforms give and take it: read and written again with the same encoding, separators, quotes."""

import codecs
import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from servicelab.cluster.base import MachineError

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class Table:
    """`rows` are as long as `header`."""

    header: list[str]
    rows: list[list[str]]
    encoding: str = "utf-8"
    separator: str = ","
    line_end: str = "\n"
    quotes_all: bool = False

    @classmethod
    def read(cls, path: Path) -> "Table":
        """Read a file of values separated by commas, semicolons or tabs. MachineError when it is none."""
        try:
            data = path.read_bytes()
            encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if data.startswith(mark)), "utf-8")
            text = data.decode(encoding)
        except OSError as error:
            raise MachineError(
                f"{path} cannot be read: {error.strerror}", "Name the file that you downloaded."
            ) from None
        except UnicodeDecodeError:
            raise MachineError(
                f"{path} is not in UTF-8", "Save it as “CSV UTF-8”, or take the download as it is."
            ) from None
        first = text.partition("\n")[0]
        separator = max(",;\t", key=first.count)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
        if not rows or len(rows[0]) < 2:
            raise MachineError(f"{path} holds no table", "Its first line must name the columns.")
        width = len(rows[0])
        rows = [[*row, *[""] * (width - len(row))][:width] for row in rows]
        line_end = "\r\n" if first.endswith("\r") else "\n"
        return cls([name.strip() for name in rows[0]], rows[1:], encoding, separator, line_end, first.startswith('"'))

    def data(self) -> bytes:
        """The file's bytes."""
        text = io.StringIO(newline="")
        quoting: Literal[0, 1] = csv.QUOTE_ALL if self.quotes_all else csv.QUOTE_MINIMAL
        writer = csv.writer(text, delimiter=self.separator, lineterminator=self.line_end, quoting=quoting)
        writer.writerows([self.header, *self.rows])
        return text.getvalue().encode(self.encoding)

    def value(self, row: list[str], column: str) -> str:
        """What stands in a row; empty when there is no such column."""
        return row[self.header.index(column)].strip() if column in self.header else ""

    def only(self, columns: list[str]) -> "Table":
        """The table with these columns, in this order; those it lacks are empty."""
        places = [self.header.index(name) if name in self.header else None for name in columns]
        rows = [[row[place] if place is not None else "" for place in places] for row in self.rows]
        return replace(self, header=list(columns), rows=rows)
