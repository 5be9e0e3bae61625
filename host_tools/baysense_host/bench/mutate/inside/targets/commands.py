"""The command topic: whatever comes, the answer is JSON-RPC, and nothing happens that was not asked for."""

import random

from baysense import methods, stages
from baysense.core import config as table
from baysense.core import topics
from baysense.storage.settings import Settings
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.living import DEV_EUI, SECRETS, living, told
from baysense_host.bench.mutate.inside.nonsense import mangled
from baysense_host.bench.mutate.inside.request import asked, cuts_off, doubtful, text_of
from baysense_host.bench.mutate.inside.targets.settings import WORDS
from baysense_host.bench.mutate.inside.targets.target import Target
from baysense_host.bench.mutate.inside.valid import check_config, check_reply

_EUI = b'"' + DEV_EUI.encode() + b'"'
_CALLS = (
    (b"info", b"{}"), (b"config", b"{}"), (b"log", b"{}"), (b"selftest", b"{}"), (b"sensor.read", b"{}"),
    (b"config", b'{"bay": "A 17", "heartbeat_s": 600}'), (b"config", b'{"zone": "loading", "confirm_range": false}'),
    (b"config", b'{"occupied_nt": 7000, "free_nt": 2000}'), (b"config", b'{"mqtt_base": "lot/7", "mqtt_port": 8883}'),
    (b"config", b'{"ip_address": "192.0.2.10/24", "ip_gateway": "192.0.2.1", "ip_dns": "192.0.2.1"}'),
    (b"config", b'{"wifi2_ssid": "shed", "wifi2_password": "another horse"}'),
    (b"credential", b'{"name": "ca", "offset": 0, "data": "MAECAw==", "size": 4, "crc32": 1}'),
    (b"credential", b'{"name": "key"}'), (b"reboot", b"{}"),
    (b"factory-reset", b'{"dev_eui": ' + _EUI + b"}"), (b"decommission", b'{"dev_eui": ' + _EUI + b"}"),
)  # fmt: skip
_WORDS = WORDS + tuple(b'"' + name + b'"' for name, _ in _CALLS) + (_EUI, b'"params"', b'"id"', b'"method"')
_CONFIRMED = ("factory-reset", "decommission")


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._node = living(folder)
        self._names = list(methods.table(self._node))

    def attempt(self) -> None:
        """See Target."""
        node = self._node
        name, params = random.choice(_CALLS)
        text = b'{"jsonrpc": "2.0", "id": 7, "method": "' + name + b'", "params": ' + params + b"}"
        self.tried = payload = mangled(text, _WORDS)
        before = dict(stages.config(node))
        sent = told(node, topics.COMMAND, payload)
        request = asked(payload)
        refused = self._check_answer(sent, payload, request, before)
        self._check_config(before, before if refused else _changed(before, request))
        self._check_ending("" if refused else _ending(request))
        if not refused or doubtful(payload):
            return
        expect(_changed(before, request) == before and not _ending(request), REFUSED, "what is right was refused")

    def _check_answer(
        self,
        sent: "list[tuple[str, bytes, bool]]",
        payload: bytes,
        request: dict[str, object] | None,
        before: dict[str, object],
    ) -> bool:
        """Check what comes back, if anything should; return whether the call was refused, as far as can be known."""
        text = text_of(payload)
        quiet = not text.lstrip().startswith("{") or (request is not None and "id" not in request)
        if quiet and not sent:
            return request is None or (doubtful(payload) and not self._done(before))
        expect(len(sent) == 1 and sent[0][0] == topics.REPLY, REFUSED, f"not one answer: {sent}")
        answer = check_reply(sent[0][1], request and request.get("id"), SECRETS)
        expect("error" in answer or not quiet, ACCEPTED, f"an answer to what asks for none: {answer}")
        known = request is not None and request["method"] in self._names
        expect(known or "error" in answer, ACCEPTED, f"a result of nothing: {answer}")
        return "error" in answer

    def _done(self, before: dict[str, object]) -> bool:
        """Tell whether anything came of a call."""
        return bool(self._node.ending) or stages.config(self._node) != before

    def _check_config(self, before: dict[str, object], expected: dict[str, object]) -> None:
        after = stages.config(self._node)
        expect(after == expected, ACCEPTED, f"configuration is {after}")
        if after != before:
            check_config(after)
            expect(Settings(self.folder).load() == after, REFUSED, "other settings on flash")

    def _check_ending(self, expected: str) -> None:
        ending, self._node.ending = self._node.ending, ""
        expect(ending == expected, ACCEPTED, f"about to {ending or 'go on'}, asked to {expected or 'go on'}")


def _ending(request: dict[str, object] | None) -> str:
    """Return what a call asks to happen once it is answered."""
    params = request.get("params", {}) if request is not None else None
    if request is None or not isinstance(params, dict):
        return ""
    confirmed = request["method"] in _CONFIRMED and params.get("dev_eui") == DEV_EUI
    return "restart" if request["method"] == "reboot" else str(request["method"]) if confirmed else ""


def _changed(before: dict[str, object], request: dict[str, object] | None) -> dict[str, object]:
    """Return what a call makes of the configuration."""
    params = request.get("params") if request is not None and request["method"] == "config" else None
    if not isinstance(params, dict) or cuts_off(params):
        return before
    try:
        return table.validated(before, params)
    except ValueError:
        return before
