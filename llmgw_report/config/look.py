"""How a report is to look where that is the user's own: a style sheet, and templates in the place of ours."""

from msgspec import Struct, field

#: Formats that people read. What a program reads stays what its page says, whoever wrote it.
READERS = ("html", "md", "text")


class Look(Struct, frozen=True, kw_only=True):
    """`css` is the text of the file `sheet`, `templates` the file that renders a format, `folder` one of templates."""

    css: str = ""
    sheet: str | None = None
    templates: dict[str, str] = field(default_factory=dict)
    folder: str | None = None

    def files(self) -> tuple[str | None, ...]:
        """What is read and never written."""
        return self.sheet, *self.templates.values()
