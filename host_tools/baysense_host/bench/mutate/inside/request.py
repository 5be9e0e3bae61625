"""What a payload of the command topic asks for."""

import gc
import json

from baysense.provision.rpc import MAX_LINE
from baysense_host.bench.mutate.inside.valid import well_formed


def asked(payload: bytes) -> dict[str, object] | None:
    """Return the call in a payload, None if it is none that the node would look at."""
    text = text_of(payload)
    if not text.lstrip().startswith("{") or len(payload) > MAX_LINE:
        return None
    request = parsed(payload)
    return request if isinstance(request, dict) and isinstance(request.get("method"), str) else None


def parsed(payload: bytes) -> object:
    """Return what JSON says; None if it says nothing, or more than the memory holds."""
    for _ in range(2):
        try:
            return json.loads(payload)
        except ValueError:
            return None
        except MemoryError:
            gc.collect()  # another try: the node may have had the room
    return None


def cuts_off(changes: dict[str, object]) -> bool:
    """Tell whether settings must be refused from afar; the node here has no authority's certificate."""
    return changes.get("uplink") == "none" or changes.get("mqtt_tls") is True


def doubtful(payload: bytes) -> bool:
    """Tell whether it may be refused whatever it asks for: its text may be none, or its id is no id."""
    request = asked(payload)
    number = request.get("id") if request is not None else None
    return b"\\u" in payload or not well_formed(payload) or type(number) not in (int, str, type(None))


def text_of(payload: bytes) -> str:
    """Return the text of a payload, nothing if it is none."""
    try:
        return payload.decode()
    except UnicodeError:
        return ""
