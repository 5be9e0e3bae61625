"""The campaign's marks."""

from baysense_host.bench.airwaves.campaign import Result, campaign
from baysense_host.bench.airwaves.extent import DAY_S, HOUR_S, Extent
from baysense_host.bench.report import Findings, Mark, Tell

FULL = Extent(nodes=100, days=30.0, outage_s=6.0 * HOUR_S)
QUICK = Extent(nodes=6, days=2.0, outage_s=2.0 * HOUR_S, cuts_per_day=3.0, seed=6)
_GROUP = "campaign"
_SHOWN = 20


def campaign_findings(tell: Tell, quick: bool) -> Findings:
    """Run the campaign; `quick` only shows that it works."""
    return findings(campaign(QUICK if quick else FULL, tell))


def findings(result: Result) -> Findings:
    """Return the marks of a campaign."""
    frames, uplinks = result.frames, sum(result.frames.by_sf.values())
    counters = frames.by_kind["confirmed"] + frames.by_kind["unconfirmed"] - frames.by_kind["repeated"]
    bays = len(result.verdicts)
    cuts = result.failures["power_cuts"] + result.failures["brown_outs"]
    node_days = result.extent.nodes * result.extent.days

    def none(name: str, what: str, found: list[str], n: int) -> Mark:
        return Mark(name, what, len(found), "", 0, n=n, group=_GROUP)

    def info(name: str, what: str, value: float, unit: str, n: int = 1) -> Mark:
        return Mark(name, what, value, unit, n=n, group=_GROUP)

    marks = [
        none("nonces_reused", "DevNonces used twice", frames.nonces_reused, frames.by_kind["join_request"]),
        none("counters_reused", "uplink counters used for two frames", frames.counters_reused, counters),
        none("duty_breaches", "hours with more air time than a sub-band allows", frames.breaches, uplinks),
        none("events_lost", "changes and starts that the receiver never heard of", result.lost, result.events),
        none("events_invented", "changes and starts told that never were", result.invented, result.events),
        none("events_misdated", "changes dated wrongly", result.misdated, result.events),
        none("states_wrong", "states wrong a heartbeat after the last change", result.wrong_states, bays),
        none("node_crashes", "errors that nobody expects", result.crashes, result.wakes),
        info("worst_hour", "most air time in an hour, of what is allowed", round(100 * frames.worst_share, 1), "%"),
        info("supply_failures", "power cuts and brown-outs", cuts, ""),
        info("undated", "changes without a time, told after a power cut", result.undated, "", result.events),
        info(
            "frames_per_event",
            "frames sent for an event, repeated and heartbeats",
            uplinks / max(result.events, 1),
            "",
        ),
        info("speed", "virtual time by real, all nodes together", node_days * DAY_S / result.wall_s, ""),
    ]
    return Findings(marks, {"campaign": _detail(result)})


def _detail(result: Result) -> dict[str, object]:
    frames = result.frames
    return {
        "extent": vars(result.extent),
        "frames": dict(frames.by_kind),
        "uplinks_by_sf": {f"SF{sf}": n for sf, n in sorted(frames.by_sf.items())},
        "airtime_s": round(frames.airtime_us / 1e6),
        "failures": dict(result.failures),
        "server": result.server,
        "refused": result.refused,
        "wakes": result.wakes,
        "wall_s": round(result.wall_s, 1),
        "found": {
            "breaches": frames.breaches[:_SHOWN],
            "reused": (frames.nonces_reused + frames.counters_reused)[:_SHOWN],
            "lost": result.lost[:_SHOWN],
            "invented": result.invented[:_SHOWN],
            "misdated": result.misdated[:_SHOWN],
            "states": result.wrong_states[:_SHOWN],
            "crashes": result.crashes[:_SHOWN],
        },
    }
