"""What keys and commands do with a log, on its pane and on its page."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apolo_tui.screens.job_log import JobLog


class LogActions:
    """The actions of the scope `logs`, for whoever has a log."""

    @property
    def job_log(self) -> "JobLog":
        """The log that is meant."""
        raise NotImplementedError

    def action_follow(self) -> None:
        view = self.job_log.view
        view.follow(on=not view.following)

    def action_search(self, text: str = "") -> None:
        self.job_log.open_search(text)

    def action_next_match(self) -> None:
        self.job_log.go_to_match(forward=True)

    def action_previous_match(self) -> None:
        self.job_log.go_to_match(forward=False)

    def action_only_matches(self) -> None:
        self.job_log.toggle_only()

    def action_invert(self) -> None:
        self.job_log.invert()

    def action_plain_search(self) -> None:
        self.job_log.toggle_regex()

    def action_clear_search(self) -> None:
        self.job_log.close_search(clear=True)

    def action_next_error(self) -> None:
        self.job_log.go_to_error(forward=True)

    def action_previous_error(self) -> None:
        self.job_log.go_to_error(forward=False)

    def action_next_part(self) -> None:
        self.job_log.go_to_part(forward=True)

    def action_previous_part(self) -> None:
        self.job_log.go_to_part(forward=False)

    def action_raw(self) -> None:
        self.job_log.toggle_raw()

    def action_pretty(self) -> None:
        self.job_log.toggle_pretty()

    def action_wrap(self) -> None:
        self.job_log.toggle_wrap()

    def action_times(self) -> None:
        self.job_log.next_times()

    def action_zoom_line(self) -> None:
        self.job_log.view.zoom_line()

    def action_pan_left(self) -> None:
        self.job_log.view.action_pan_left()

    def action_pan_right(self) -> None:
        self.job_log.view.action_pan_right()

    def action_page_down(self) -> None:
        self.job_log.view.action_page_down()

    def action_mark(self) -> None:
        self.job_log.view.toggle_mark()

    def action_copy(self) -> None:
        self.job_log.view.copy()

    def action_copy_selection(self) -> None:
        self.job_log.view.copy_selection()

    def action_pause(self) -> None:
        self.job_log.toggle_pause()

    def action_since(self, span: str) -> None:
        self.job_log.look_back(span)

    def action_save(self) -> None:
        self.job_log.save_shown()

    def action_download(self) -> None:
        self.job_log.download()

    def action_pager(self) -> None:
        self.job_log.open_pager()
