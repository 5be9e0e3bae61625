"""Write the folders that network servers import: ttn/ (device repository) and chirpstack/ (device profiles).

Everything in them comes from baysense.js, examples.json and organisation.toml; a test holds them together.
YAML is written as JSON where it is data: YAML 1.2 includes JSON.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MAC_VERSION = "1.0.4"
REGIONAL_PARAMETERS = "RP002-1.0.3"  # the newest that both know for certain; 1.0.4 adds nothing for these regions
Fields = dict[str, Any]

FUNCTIONS = (  # of the codec, and what the device repository calls them
    ("decodeUplink", "uplinkDecoder"),
    ("encodeDownlink", "downlinkEncoder"),
    ("decodeDownlink", "downlinkDecoder"),
)


def generated() -> dict[str, str]:
    """Return the text of every file by its path below this folder."""
    codec = (HERE / "baysense.js").read_text(encoding="utf-8")
    examples = json.loads((HERE / "examples.json").read_text(encoding="utf-8"))
    organisation = tomllib.loads((HERE / "organisation.toml").read_text(encoding="utf-8"))
    return {**_ttn(organisation, examples, codec), **_chirpstack(organisation, examples, codec)}


def _ttn(organisation: Fields, examples: list[Fields], codec: str) -> dict[str, str]:
    device, vendor = organisation["device"], organisation["slug"]
    folder = f"ttn/vendor/{vendor}"
    entry: Fields = {"id": vendor, "name": organisation["name"], "website": organisation["homepage"]}
    if organisation["vendor_id"]:
        entry["vendorID"] = organisation["vendor_id"]
    ids = {
        str(profile["id"]): {
            "endDeviceID": device["slug"],
            "firmwareVersion": device["firmware"],
            "hardwareVersion": device["hardware"],
            "region": profile["ttn_region"],
        }
        for profile in organisation["profiles"]
    }
    files = {
        "ttn/vendor/index.yaml": _yaml({"vendors": [entry]}),
        f"{folder}/index.yaml": _yaml({"endDevices": [device["slug"]], "profileIDs": ids}),
        f"{folder}/{device['slug']}.yaml": _yaml(_ttn_device(organisation)),
        f"{folder}/{vendor}-codec.yaml": _yaml(_ttn_codec(vendor, examples)),
        f"{folder}/{vendor}.js": codec,
    }
    for profile in organisation["profiles"]:
        files[f"{folder}/{_profile_name(vendor, profile)}.yaml"] = _yaml(_ttn_profile(profile))
    return files


def _ttn_device(organisation: Fields) -> Fields:
    device, vendor = organisation["device"], organisation["slug"]
    profiles = {
        profile["ttn_region"]: {"id": _profile_name(vendor, profile), "codec": f"{vendor}-codec"}
        for profile in organisation["profiles"]
    }
    firmware = {"version": device["firmware"], "hardwareVersions": [device["hardware"]], "profiles": profiles}
    return {
        "name": device["name"],
        "description": device["description"],
        "hardwareVersions": [{"version": device["hardware"], "numeric": 1}],
        "firmwareVersions": [{**firmware, "numeric": 1}],
        "sensors": ["magnetometer", "temperature"],
        "keyProvisioning": ["custom"],
        "keySecurity": "none",
        "productURL": organisation["homepage"],
    }


def _ttn_profile(profile: Fields) -> Fields:
    return {
        "macVersion": MAC_VERSION,
        "regionalParametersVersion": REGIONAL_PARAMETERS,
        "supportsJoin": True,
        "maxEIRP": profile["max_eirp_dbm"],
        "supports32bitFCnt": True,
        "supportsClassB": False,
        "supportsClassC": False,
    }


def _ttn_codec(vendor: str, examples: list[Fields]) -> Fields:
    return {
        name: {
            "fileName": f"{vendor}.js",
            "examples": [
                {key: example[key] for key in ("description", "input", "output")}
                for example in examples
                if example["function"] == function
            ],
        }
        for function, name in FUNCTIONS
    }


def _chirpstack(organisation: Fields, examples: list[Fields], codec: str) -> dict[str, str]:
    device, vendor = organisation["device"], organisation["slug"]
    folder = f"chirpstack/vendors/{vendor}"
    profiles = {f"{_profile_name(vendor, profile)}.toml": profile for profile in organisation["profiles"]}
    files = {
        f"{folder}/vendor.toml": _vendor_toml(organisation),
        f"{folder}/devices/{device['slug']}.toml": _device_toml(organisation, list(profiles)),
        f"{folder}/codecs/{vendor}.js": codec,
        f"{folder}/codecs/test_decode_{vendor}.json": _chirpstack_tests(examples, "decodeUplink"),
        f"{folder}/codecs/test_encode_{vendor}.json": _chirpstack_tests(examples, "encodeDownlink"),
    }
    for name, profile in profiles.items():
        files[f"{folder}/profiles/{name}"] = _profile_toml(profile, device["heartbeat_s"])
    return files


def _chirpstack_tests(examples: list[Fields], function: str) -> str:
    """Return the examples that give something: ChirpStack takes an error for a failed test."""
    tests = [
        {"name": example["description"], "input": example["input"], "expected": example["output"]}
        for example in examples
        if example["function"] == function and "errors" not in example["output"]
    ]
    return json.dumps(tests, ensure_ascii=False, indent=2) + "\n"


def _vendor_toml(organisation: Fields) -> str:
    return (
        "[vendor]\n"
        f"id = {_text(organisation['vendor_uuid'])}\n"
        f"name = {_text(organisation['name'])}\n"
        f"vendor_id = {organisation['vendor_id']}\n"
        f"ouis = {json.dumps(organisation['ouis'])}\n"
        f"devices = [{_text(organisation['device']['slug'] + '.toml')}]\n\n"
        f"[vendor.metadata]\nhomepage = {_text(organisation['homepage'])}\n"
    )


def _device_toml(organisation: Fields, profiles: list[str]) -> str:
    device = organisation["device"]
    return (
        "[device]\n"
        f"id = {_text(device['uuid'])}\n"
        f"name = {_text(device['name'])}\n"
        f"description = {_text(device['description'])}\n\n"
        "[[device.firmware]]\n"
        f"version = {_text(device['firmware'])}\n"
        f"profiles = {json.dumps(profiles)}\n"
        f"codec = {_text(organisation['slug'] + '.js')}\n\n"
        f"[device.metadata]\nproduct_url = {_text(organisation['homepage'])}\n"
    )


def _profile_toml(profile: Fields, heartbeat_s: int) -> str:
    return (
        "[profile]\n"
        f"id = {_text(profile['uuid'])}\n"
        f"vendor_profile_id = {profile['id']}\n"
        f"region = {_text(profile['region'])}\n"
        f"mac_version = {_text(MAC_VERSION)}\n"
        f"reg_params_revision = {_text(REGIONAL_PARAMETERS)}\n"
        "supports_otaa = true\nsupports_class_b = false\nsupports_class_c = false\n"
        f"max_eirp = {profile['max_eirp_dbm']}\n"
        "# For those who read it: the import itself sets 3600 s, whatever stands here.\n"
        f"uplink_interval = {heartbeat_s}\n\n"
        "[profile.abp]\nrx1_delay = 0\nrx1_dr_offset = 0\nrx2_dr = 0\nrx2_freq = 0\n\n"
        "[profile.class_b]\ntimeout_secs = 0\nping_slot_nb_k = 0\nping_slot_dr = 0\nping_slot_freq = 0\n\n"
        "[profile.class_c]\ntimeout_secs = 0\n"
    )


def _profile_name(vendor: str, profile: Fields) -> str:
    return f"{vendor}-{profile['region']}".lower()


def _yaml(value: Fields) -> str:
    """Return the upper levels as YAML, what is deeper as JSON on its line."""
    return "".join(_lines(value, 0))


def _lines(value: Fields, depth: int) -> list[str]:
    lines = []
    for key, item in value.items():
        head = "  " * depth + (json.dumps(key) if key.isdecimal() else key) + ":"
        if isinstance(item, dict):
            lines += [head + "\n", *_lines(item, depth + 1)]
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            lines.append(head + "\n")
            lines += [f"{'  ' * depth}  - {_text(element)}\n" for element in item]
        else:
            lines.append(f"{head} {_text(item)}\n")
    return lines


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    for path, text in generated().items():
        file = HERE / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
