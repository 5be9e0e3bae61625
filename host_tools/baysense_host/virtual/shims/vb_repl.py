"""Boot files, then the REPL: friendly, paste, raw and raw-paste mode, as shared/runtime/pyexec.c."""

import gc
import sys

import uos as _os
import vb_modules as _modules
import vb_setup as _setup
from vb_console import executing, read_byte
from vb_line import Line
from vb_machine_name import BANNER

_EXIT_SOFT = 40  # exit codes that the supervisor knows
_EXIT_SOFT_RAW = 50
_CTRL_A, _CTRL_B, _CTRL_C, _CTRL_D, _CTRL_E = 1, 2, 3, 4, 5
_WINDOW = 128  # half of MICROPY_REPL_STDIN_BUFFER_MAX

_write = sys.stdout.buffer.write


class _SoftReset(Exception):
    pass


class Repl:
    """Programs run in the name space of __main__."""

    def __init__(self, names, raw):
        self.names = names
        self.raw = raw

    def boot(self):
        """Run boot.py and, unless that failed or the raw REPL is wanted, main.py."""
        if self._run_file("boot.py") and not self.raw:
            self._run_file("main.py")

    def serve(self):
        """Serve the REPL for ever."""
        while True:
            try:
                if self.raw:
                    self._raw()
                else:
                    self._friendly()
            except KeyboardInterrupt:  # typed just when the last program ended
                pass

    def _run_file(self, path):
        try:
            _os.stat(path)
        except OSError:
            return True
        self.names["__file__"] = path
        return self._run(lambda: execfile(path, self.names))  # noqa: F821 (a built-in here)

    def _run_text(self, text, kind, eof):
        return self._run(lambda: exec(compile(text, "<stdin>", kind), self.names), eof)

    def _run(self, program, eof=b""):
        """Run a program; return whether it ended well. Another Ctrl-C may come while one is handled."""
        error = None
        started = False
        while True:
            try:
                if not started:
                    started = True
                    executing(True)
                    program()
                executing(False)
                for _ in range(4):  # what is pending is raised here, inside the try
                    pass
                break
            except BaseException as raised:
                error = error or raised
        _write(eof)
        ended = isinstance(error, SystemExit)
        if error is not None and not ended:
            self._show(error)
        _write(eof)
        if ended:
            raise _SoftReset
        return error is None

    def _show(self, error):
        try:
            text = _modules.exception_text(error)
        except MemoryError:
            text = "MemoryError: \n"
        _write(text.replace("\n", "\r\n").encode())

    def _friendly(self):
        _write(BANNER.encode())
        while not self.raw:
            line = Line(sys.ps1, _write)
            key = line.read()
            if key == _CTRL_A:
                _write(b"\r\n")
                self.raw = True
            elif key == _CTRL_B:
                _write(b"\r\n" + BANNER.encode())
            elif key == _CTRL_C:
                _write(b"\r\n")
            elif key == _CTRL_D:
                _write(b"\r\n")
                raise _SoftReset
            elif key == _CTRL_E:
                self._paste()
            elif line.text and line.read_rest():
                self._run_text(bytes(line.text), "single", b"")

    def _paste(self):
        _write(b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ")
        text = bytearray()
        while True:
            byte = read_byte()
            if byte in (_CTRL_C, _CTRL_D):
                break
            text.append(byte)
            _write(b"\r\n=== " if byte == 13 else bytes((byte,)))
        _write(b"\r\n")
        if byte == _CTRL_D:
            self._run_text(bytes(text), "exec", b"")

    def _raw(self):
        while self.raw:
            _write(b"raw REPL; CTRL-B to exit\r\n")
            while self._raw_command():
                pass

    def _raw_command(self):
        """Serve one command; return False when the raw REPL starts anew or ends."""
        _write(b">")
        text = bytearray()
        while True:
            byte = read_byte()
            if byte == _CTRL_A:
                return text == b"\x05A" and self._raw_paste()
            if byte == _CTRL_B:
                _write(b"\r\n")
                self.raw = False
                return False
            if byte == _CTRL_D:
                break
            if byte == _CTRL_C:
                text = bytearray()
            else:
                text.append(byte)
        _write(b"OK")
        if not text:
            _write(b"\r\n")
            raise _SoftReset
        self._run_text(bytes(text), "exec", b"\x04")
        return True

    def _raw_paste(self):
        _write(bytes((82, 1, _WINDOW, 0, 1)))  # 'R', accepted, window as u16, one more window is free
        text = bytearray()
        while True:
            byte = read_byte()
            if byte in (_CTRL_C, _CTRL_D):
                break
            text.append(byte)
            if not len(text) % _WINDOW:
                _write(b"\x01")
        _write(b"\x04")
        if byte == _CTRL_D:
            self._run_text(bytes(text), "exec", b"\x04")
        else:
            _write(b"\x04KeyboardInterrupt: \r\n\x04")
        return True


def start(names):
    """Boot the board; a soft reset ends the interpreter, everything else that ends it is a link request."""
    executing(False)
    names.clear()
    names["__name__"] = "__main__"
    repl = Repl(names, _os.getenv("VB_RAW") == "1")
    _setup.prepare()
    try:
        repl.boot()
        repl.serve()
    except _SoftReset:
        pass
    _close_files(names)
    _write(b"MPY: soft reboot\r\n")
    sys.exit(_EXIT_SOFT_RAW if repl.raw else _EXIT_SOFT)


def _close_files(names):
    """Finalise what the program left open, as gc_sweep_all() does on a board."""
    names.clear()
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", "shims/").startswith("shims/"):
            continue
        del sys.modules[name]
    gc.collect()
