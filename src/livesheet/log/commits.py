"""The hooks that a project has registered with ``transaction.on_commit`` during an edit.

Django calls such hooks on the thread that wrote, before the author is answered. If one raised an
exception, a saved edit would look refused and the hooks after it would not run, and a slow one
would delay the answer. The hooks of an edit are therefore removed just before its COMMIT, and
called after its answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from django.db import connections
from django.utils import timezone, translation

from livesheet import scopes, threads
from livesheet.log import actors
from livesheet.log.actors import Actor

logger = logging.getLogger("livesheet")

# If the hooks of this many edits of a socket have not been called yet, its next edit waits.
MAX_WAITING = 16


@dataclass(slots=True)
class Hooks:
    """The hooks of one edit, in the order in which they were registered."""

    actor: Actor = actors.NOBODY
    language: str | None = None
    zone: tzinfo | None = None
    calls: list[Callable[[], Any]] = field(default_factory=list)
    bells: list[Callable[[], Any]] = field(default_factory=list)
    foreign: list[Any] = field(default_factory=list)
    context: Context = field(default_factory=copy_context)

    def __bool__(self) -> bool:
        return bool(self.calls)

    def begin(self, using: str) -> None:
        """Call it after the transaction was opened.

        Hooks that are registered by then belong to a package that wraps transactions themselves
        (django-cacheops). They belong to the COMMIT, on this thread, and not to the edit.
        """
        connection: Any = connections[using]
        self.foreign = list(connection.run_on_commit)

    def are_waiting(self, using: str) -> bool:
        """Whether anything but the bells waits for the COMMIT of the open transaction."""
        connection: Any = connections[using]
        foreign = {id(entry) for entry in self.foreign}
        mine = (one for one in connection.run_on_commit if id(one) not in foreign)
        return any(not hasattr(one[1], "rings") for one in mine)

    def take(self, using: str) -> None:
        """Remove the hooks that wait for the COMMIT of the open outermost transaction.

        They are called later in the current context, in the edit's language, and with its author as
        the actor.
        """
        connection: Any = connections[using]
        foreign, found = {id(entry) for entry in self.foreign}, connection.run_on_commit
        waiting = [entry for entry in found if id(entry) not in foreign]
        # Robust ones, since what they raise would make a saved edit look refused.
        connection.run_on_commit = [(*one[:2], True) for one in found if id(one) in foreign]
        self.context = copy_context()
        # Django keeps these two by thread, so they are not part of the context.
        self.language, self.zone = translation.get_language(), timezone.get_current_timezone()
        for _savepoints, call, _robust in waiting:
            (self.bells if hasattr(call, "rings") else self.calls).append(call)

    def ring(self) -> None:
        """Tell the feeds; call it right after the COMMIT."""
        for bell in self.bells:
            with suppress(Exception):  # feeds that did not hear it will look by themselves
                bell()

    def run(self) -> None:
        """Call each of them, even if others fail: the edit is saved and has been answered."""
        for call in self.calls:
            try:
                self.context.run(self._call, call)
            except Exception:
                facts = {"event": "edit.hook_broke"}
                logger.exception("An on_commit hook of an edit broke: %r.", call, extra=facts)

    def _call(self, call: Callable[[], Any]) -> None:
        with (
            scopes.entered(),
            translation.override(self.language),
            timezone.override(self.zone),
            actors.acting(self.actor),
        ):
            call()


class HookQueue:
    """The hooks of one socket's edits, one after the other; they run even if it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Hooks] = []
        self._is_running = False

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= MAX_WAITING

    def add(self, hooks: Hooks) -> None:
        """Called on the thread that wrote, so that nothing comes between the COMMIT and this."""
        if not hooks:
            return
        with self._lock:
            self._waiting.append(hooks)
            if self._is_running:
                return
            self._is_running = True
        threads.run_later(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    return
                hooks = self._waiting[0]
            hooks.run()
            with self._lock:
                self._waiting.pop(0)
