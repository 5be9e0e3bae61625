"""Debian's mosquitto as a broker for tests and benches: plain and TLS listeners, logins, an access list."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from baysense_host.errors import ToolError
from baysense_host.virtual.net.certificates import Authority, Certificate

_HOST = "127.0.0.1"
_START_S = 10.0
_STOP_S = 5.0
_STEP_S = 0.02
_RUNNING = " running\n"  # logged once it listens to signals, too
_TRIES = 5  # somebody else may take a port between its choice and its use
_SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"])


def available() -> bool:
    """Tell whether mosquitto is installed."""
    return shutil.which("mosquitto", path=_SBIN) is not None


class Mosquitto:
    """One broker on free ports of 127.0.0.1; it keeps them over restarts."""

    def __init__(
        self,
        folder: Path,
        tls: Certificate | None = None,
        clients: Authority | None = None,
        users: dict[str, str] | None = None,
        acl: str | None = None,
        persistence: bool = False,
    ) -> None:
        """Describe a broker.

        Args:
            folder: where its files go; made when it is not there.
            tls: the certificate of a TLS listener beside the plain one.
            clients: who signs clients' certificates; then the TLS listener demands one, and its name is the user.
            users: passwords by user; without them everybody may log in.
            acl: text of mosquitto's acl_file.
            persistence: keep sessions and retained messages over `restart`.
        """
        self.host = _HOST
        self.port = self.tls_port = 0
        self.folder = folder
        self._tls, self._clients, self._users, self._acl = tls, clients, users, acl
        self._persistence = persistence
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """The real TCP address of the plain listener."""
        return self.host, self.port

    @property
    def tls_address(self) -> tuple[str, int]:
        """The real TCP address of the TLS listener."""
        return self.host, self.tls_port

    @property
    def log(self) -> str:
        """What mosquitto has logged."""
        path = self.folder / "mosquitto.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start and wait until clients can connect."""
        program = _program("mosquitto")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_secrets()
        chosen = self.port != 0
        for _ in range(_TRIES):
            if not chosen:
                self.port, self.tls_port = _free_ports()
            starts = self.log.count(_RUNNING)
            self._launch(program)
            if self._listening(starts):
                return
            self.kill()
            if chosen or "in use" not in self._complaint():
                break
        raise ToolError(
            f"mosquitto did not start: {self._complaint()}", f"Its configuration is in {self.folder}/mosquitto.conf."
        )

    def stop(self) -> None:
        """Stop orderly and wait for the end; a second call does nothing."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End without a goodbye, as at a loss of power; a second call does nothing."""
        self._end(subprocess.Popen.kill)

    def pause(self) -> None:
        """Answer nobody until `resume`, and keep all connections: a broker that hangs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Stop and start on the same ports."""
        self.stop()
        self.start()

    def __enter__(self) -> "Mosquitto":
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _write_secrets(self) -> None:
        if self._users is not None:
            path = self.folder / "passwords"
            path.write_text("".join(f"{user}:{password}\n" for user, password in self._users.items()))
            subprocess.run([_program("mosquitto_passwd"), "-U", path], check=True, capture_output=True)
        if self._acl is not None:
            (self.folder / "acl").write_text(self._acl)
        if self._tls is not None:
            (self.folder / "server.pem").write_bytes(self._tls.certificate)
            (self.folder / "server.key").write_bytes(self._tls.key)
        if self._clients is not None:
            self._clients.write(self.folder / "clients.pem")

    def _launch(self, program: str) -> None:
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text("\n".join(self._configuration()) + "\n")
        with (self.folder / "mosquitto.err").open("wb") as errors:
            self._process = subprocess.Popen([program, "-c", configuration], stdout=errors, stderr=errors)

    def _configuration(self) -> list[str]:
        lines = [
            f"allow_anonymous {_word(self._users is None)}",
            f"persistence {_word(self._persistence)}",
            f"persistence_location {self.folder}/",
            "autosave_on_changes true",  # at every second change: `kill` loses the last one at most
            "autosave_interval 1",
            f"log_dest file {self.folder}/mosquitto.log",
            "set_tcp_nodelay true",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # or it could not read this folder
        if self._users is not None:
            lines.append(f"password_file {self.folder}/passwords")
        if self._acl is not None:
            lines.append(f"acl_file {self.folder}/acl")
        lines.append(f"listener {self.port} {self.host}")
        return lines + (self._tls_configuration() if self._tls is not None else [])

    def _tls_configuration(self) -> list[str]:
        lines = [
            f"listener {self.tls_port} {self.host}",
            f"certfile {self.folder}/server.pem",
            f"keyfile {self.folder}/server.key",
        ]
        if self._clients is not None:
            lines += [
                f"cafile {self.folder}/clients.pem",
                "require_certificate true",
                "use_identity_as_username true",
            ]
        return lines

    def _listening(self, starts: int) -> bool:
        ports = [self.port] + ([self.tls_port] if self._tls is not None else [])
        end_s = time.monotonic() + _START_S
        while self._process is not None and self._process.poll() is None and time.monotonic() < end_s:
            if all(_accepts(port) for port in ports) and self.log.count(_RUNNING) > starts:
                return True
            time.sleep(_STEP_S)
        return False

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)  # a paused one would not hear
        how(process)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _complaint(self) -> str:
        errors = (self.folder / "mosquitto.err").read_text(errors="replace")
        lines = (self.log + errors).splitlines()
        return "; ".join(line for line in lines if "Error" in line) or "it said nothing of use"


def _program(name: str) -> str:
    path = shutil.which(name, path=_SBIN)
    if path is None:
        raise ToolError(
            f"{name} is not installed.", "Debian and Ubuntu: apt install mosquitto; macOS: brew install mosquitto."
        )
    return path


def _word(value: bool) -> str:
    return "true" if value else "false"


def _free_ports() -> tuple[int, int]:
    with socket.create_server((_HOST, 0)) as first, socket.create_server((_HOST, 0)) as second:
        return first.getsockname()[1], second.getsockname()[1]


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((_HOST, port), 1).close()
    except OSError:
        return False
    return True
