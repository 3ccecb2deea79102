"""Style sheets that are parsed once, as long as the colours stay the same."""

from textual.css.stylesheet import Stylesheet


class ParsedSheets(Stylesheet):
    """Keeps what it has parsed when Textual asks for it again.

    Textual parses all sheets anew with every refresh of the styles, and does so at the start, when
    nothing has changed yet: a tenth of the time to the first frame. The sheets are parsed anew only
    when the variables, which are the theme's colours, are others.
    """

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Apply the variables. Raises StylesheetParseError, and then nothing has changed."""
        self.parse()
