"""TaskQueue and Task for asyncio on the shimmed `time`; the built-in ones read the host's clock."""

import time


class TaskQueue:
    """Tasks by due time, first come first served among equals."""

    def __init__(self):
        self._tasks = []

    def peek(self):
        return self._tasks[0] if self._tasks else None

    def push(self, task, key=None):
        task.data = None
        task.ph_key = time.ticks_ms() if key is None else key
        at = len(self._tasks)
        while at and time.ticks_diff(self._tasks[at - 1].ph_key, task.ph_key) > 0:
            at -= 1
        self._tasks.insert(at, task)

    def pop(self):
        return self._tasks.pop(0)

    def remove(self, task):
        self._tasks.remove(task)


class Task:
    """The face that asyncio/core.py expects of a task."""

    def __init__(self, coro, globals=None):
        self.coro = coro
        self.data = None
        self.state = True  # True: running; TaskQueue: awaited; False or None: done
        self.ph_key = 0

    def __iter__(self):
        if not self.state:
            self.state = False
        elif self.state is True:
            self.state = TaskQueue()
        elif type(self.state) is not TaskQueue:
            raise RuntimeError("can't wait")
        return self

    def __next__(self):
        if not self.state:
            raise self.data
        from asyncio import core

        self.state.push(core.cur_task)
        core.cur_task.data = self

    def done(self):
        return not self.state

    def cancel(self):
        from asyncio import core

        if not self.state:
            return False
        if self is core.cur_task:
            raise RuntimeError("can't cancel self")
        waiting = self
        while isinstance(waiting.data, Task):
            waiting = waiting.data
        if hasattr(waiting.data, "remove"):
            waiting.data.remove(waiting)
            core._task_queue.push(waiting)
        elif time.ticks_diff(waiting.ph_key, time.ticks_ms()) > 0:
            core._task_queue.remove(waiting)
            core._task_queue.push(waiting)
        waiting.data = core.CancelledError
        return True
