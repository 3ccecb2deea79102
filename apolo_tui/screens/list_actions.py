"""What the user does with the list: filter, views, order, columns, marks."""

from apolo_tui.screens.jobs_page import JobsPage


class ListActions(JobsPage):
    """Actions that change what is shown, never the platform."""

    def action_filter(self, text: str | None = None) -> None:
        if text is not None:
            self.listing.set_filter(text)
            self.redraw()
            return
        line = self.filter_input
        line.value = self.listing.view.filter
        line.display = True
        line.focus()

    def close_filter(self, *, clear: bool = False) -> None:
        """Leave the line of the filter."""
        if clear:
            self.listing.set_filter("")
        self.filter_input.display = False
        self.table.focus()
        self.redraw()

    def action_view(self, number: int) -> None:
        if not self.listing.switch(str(number)):
            key = self.host.key_of("app.command_line")
            self.host.say(f"There is no view {number} yet; {key}save NAME makes one")
            return
        self.redraw()

    def action_save(self, name: str = "") -> None:
        if not name:
            self.host.say("Give the view a name: :save NAME")
            return
        try:
            digit = self.listing.save(name)
        except ValueError as error:
            self.host.say(str(error), "error")
            return
        self.host.say(f"View {name} is on {digit}")
        self.redraw()

    def action_ended(self) -> None:
        view = self.listing.view
        self.listing.change(ended=not view.ended)
        self.host.say("Ended jobs are hidden" if view.ended else "Ended jobs are shown")
        self.redraw()

    def action_mine(self) -> None:
        view = self.listing.view
        self.listing.change(mine=not view.mine)
        self.host.say("Everyone's jobs" if view.mine else "Only your jobs")
        self.redraw()

    def action_problems(self) -> None:
        view = self.listing.view
        self.listing.change(problems=not view.problems)
        self.host.say("All jobs" if view.problems else "Only jobs that need attention")
        self.redraw()

    def action_width(self) -> None:
        self.host.say(f"Columns: {self.listing.cycle_width(self.default_width)}")
        self.redraw()

    def action_columns(self, text: str = "") -> None:
        try:
            self.listing.set_format(text)
        except ValueError as error:
            self.host.say(str(error), "error")
            return
        self.redraw()

    def _sort_beside(self, step: int) -> None:
        self.listing.sort_beside(step, [column.key for column in self.table.columns])
        self.redraw()

    def action_sort_left(self) -> None:
        self._sort_beside(-1)

    def action_sort_right(self) -> None:
        self._sort_beside(1)

    def action_sort_invert(self) -> None:
        self.listing.change(sort=self.listing.view.sort.inverted())
        self.redraw()

    def action_sort(self, column: str = "") -> None:
        try:
            self.listing.sort_by(column)
        except ValueError as error:
            self.host.say(str(error), "error")
            return
        self.redraw()

    def action_group(self, by: str = "off") -> None:
        try:
            self.listing.set_grouping(by)
        except ValueError as error:
            self.host.say(str(error), "error")
            return
        self.redraw()

    def action_mark(self) -> None:
        self.table.toggle_mark()
        self.table.action_cursor_down()

    def action_mark_range(self) -> None:
        self.table.mark_range()

    def action_mark_all(self) -> None:
        self.table.mark_all()

    def action_unmark(self) -> None:
        self.table.clear_marks()
        self.look.failures = {}
        self.redraw()

    def action_clear(self) -> None:
        """Leave the zoom, else the filter, else the problems' view."""
        if self.has_class("-zoom-detail") or self.has_class("-zoom-list"):
            self.unzoom()
        elif self.listing.view.filter:
            self.close_filter(clear=True)
        elif self.listing.view.problems:
            self.action_problems()

    def unzoom(self) -> None:
        """Show all panes again."""
        self.remove_class("-zoom-detail", "-zoom-list")
        self.table.focus()
        self.call_after_refresh(self.redraw)
