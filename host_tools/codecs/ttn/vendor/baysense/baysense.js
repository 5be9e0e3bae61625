// Payloads of Baysense devices, for ChirpStack v4 and The Things Stack: ES5, no modules, needs nothing but `input`.
// What the bytes mean: docs/lorawan.md. Python reads the same from the firmware's tables; tests hold the two together.

var STATES = ["free", "occupied", "unknown", "occupied"]; // the last: by another vehicle
var LEVELS = [0, 30, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 93, 95, 97, 98];
var WHY = [
  ["unknown", "departure", "range", "calibrated", "healed"],
  ["unknown", "arrival", "range", "calibrated", "healed", "dwell"],
  ["unknown", "doubt", "range", "stale", "saturated", "magnet"],
  ["unknown", "swap", "range"]
];
var RESET_CAUSES = [
  "unknown", "arrival", "departure", "swap", "range", "calibrated", "healed", "stale", "saturated",
  "retained", "power", "reset", "watchdog", "soft", "timer", "deviation", "service", "brown_out",
  "doubt", "magnet"
];
var FAULTS = [
  "sensor_absent", "sensor_reset", "sensor_stuck", "sensor_saturated", "pin_stuck", "battery_low",
  "battery_cutoff", "storage_corrupt", "identity_restored", "clock_uncertain", "wake_storm",
  "uplink_failed", "wifi_no_network", "wifi_password", "brown_out", "watchdog", "range_absent",
  "config_invalid", "journal_overflow", "tls_refused", "mqtt_login", "time_refused", "range_blocked",
  "magnet", "node_moved", "calibrating", "chatter", "radio_absent", "radio_busy", "radio_clock",
  "lora_keys", "lora_counter"
];
var REASONS = ["done", "incomplete", "no such command", "value refused", "not possible now"];
// bytes of the value; 0: a text
var SETTINGS = [
  { name: "bay", bytes: 0, low: 0, high: 32 },
  { name: "zone", bytes: 1, choices: ["bay", "loading", "ev", "disabled", "keep_clear"] },
  { name: "dwell_s", bytes: 3, low: 0, high: 86400 },
  { name: "heartbeat_s", bytes: 3, low: 60, high: 86400 },
  { name: "wake_threshold_nt", bytes: 2, low: 500, high: 30000 },
  { name: "occupied_nt", bytes: 2, low: 2000, high: 60000 },
  { name: "free_nt", bytes: 2, low: 500, high: 30000 },
  { name: "confirm_range", bytes: 1, choices: [false, true] },
  { name: "console_s", bytes: 2, low: 0, high: 600 },
  { name: "lora_adr", bytes: 1, choices: [false, true] }
];
var COMMANDS = ["reboot", "heartbeat"];

var COMMAND_PORT = 10;
var FIRST_COMMAND = 128;
var NONE = 255;
var NOT_KNOWN = 1023;
var NO_CHANGE = 31;

function decodeUplink(input) {
  var decoders = { 1: change, 2: heartbeat, 3: status };
  if (!decoders.hasOwnProperty(input.fPort)) {
    return { errors: ["unknown FPort " + input.fPort] };
  }
  try {
    var data = decoders[input.fPort](input.bytes);
  } catch (error) {
    if (typeof error !== "string") {
      throw error;
    }
    return { errors: [error] };
  }
  if (input.recvTime) {
    var received = new Date(input.recvTime).getTime();
    date(data, received);
    for (var i = 0; data.history && i < data.history.length; i++) {
      date(data.history[i], received);
    }
  }
  return { data: data };
}

function encodeDownlink(input) {
  try {
    return { fPort: COMMAND_PORT, bytes: commandBytes(input.data) };
  } catch (error) {
    if (typeof error !== "string") {
      throw error;
    }
    return { errors: [error] };
  }
}

function decodeDownlink(input) {
  if (input.fPort !== COMMAND_PORT) {
    return { errors: ["unknown FPort " + input.fPort] };
  }
  try {
    return { data: commands(input.bytes) };
  } catch (error) {
    if (typeof error !== "string") {
      throw error;
    }
    return { errors: [error] };
  }
}

function change(bytes) {
  var late = bytes.length > 2 ? (bytes[2] >> 2) & 1 : 0;
  if (bytes.length < 4 + late || (bytes.length - late) % 2) {
    throw wrongLength(bytes);
  }
  var head = bytes[1];
  var age = late ? seconds(((head & 3) << 8) | bytes[4]) : (head & 15) * 2;
  var first = transition(word(bytes, 2));
  var data = {
    type: first.type,
    seq: late ? bytes[0] | (((head >> 2) & 3) << 8) : bytes[0],
    seq_modulo: late ? 1024 : 256,
    state: first.state,
    occupied: first.occupied,
    confidence: LEVELS[head >> 4] / 100,
    cause: first.cause,
    previous_state_duration: seconds(word(bytes, 2) & NOT_KNOWN),
    age: age,
    age_uncertainty: late ? uncertainty(age) : 1
  };
  data.history = history(bytes, 4 + late, data);
  return data;
}

function history(bytes, at, newest) {
  var found = [];
  var number = newest.seq;
  var previous = newest.previous_state_duration;
  var age = newest.age;
  for (; at < bytes.length; at += 2) {
    var value = word(bytes, at);
    if (value >> 11 === NO_CHANGE) {
      number -= value & 0x7ff;
      continue;
    }
    var told = seconds(value & NOT_KNOWN);
    var apart = (value >> 10) & 1;
    var elapsed = apart ? told : previous;
    previous = apart ? null : told;
    number -= 1;
    age = age === null || elapsed === null ? null : age + elapsed;
    var older = transition(value);
    older.seq = modulo(number, newest.seq_modulo);
    older.previous_state_duration = previous;
    older.age = age;
    found.push(older);
  }
  return found;
}

function transition(value) {
  var said = value >> 14;
  var cause = WHY[said][(value >> 11) & 7] || "unknown";
  var type = said === 3 ? "swap" : cause === "dwell" ? "dwell" : "change";
  return { type: type, state: STATES[said], occupied: occupied(said), cause: cause === "dwell" ? "arrival" : cause };
}

function heartbeat(bytes) {
  checkCondition(bytes, 6);
  var data = stateWord(word(bytes, 0), "state_duration");
  data.type = "heartbeat";
  data.seq = word(bytes, 2);
  data.seq_modulo = 65536;
  data.battery_voltage = bytes[4] ? (200 + bytes[4]) / 100 : null;
  data.temperature = bytes[5] / 2 - 40;
  return addCondition(data, bytes, 6);
}

function status(bytes) {
  var kind = bytes.length ? bytes[0] >> 5 : 0;
  if (kind === 0) {
    return boot(bytes);
  }
  if (kind === 1) {
    return answer(bytes);
  }
  throw "unknown kind " + kind + " of FPort 3";
}

function boot(bytes) {
  checkCondition(bytes, 7);
  var data = stateWord(word(bytes, 1), "age");
  var version = word(bytes, 5);
  data.type = "boot";
  data.reset_cause = RESET_CAUSES[bytes[0] & 31] || "unknown";
  data.seq = word(bytes, 3);
  data.seq_modulo = 65536;
  data.firmware_version = (version >> 12) + "." + ((version >> 6) & 63) + "." + (version & 63);
  data.age_uncertainty = uncertainty(data.age);
  return addCondition(data, bytes, 7);
}

function answer(bytes) {
  checkCondition(bytes, 2);
  var reason = bytes[0] & 31;
  var number = bytes[1];
  var data = { type: "answer", accepted: reason === 0, error: null, setting: null };
  if (reason) {
    data.error = REASONS[reason] || "reason " + reason;
  }
  if (number !== NONE) {
    data.setting = number < SETTINGS.length ? SETTINGS[number].name : "number " + number;
  }
  return addCondition(data, bytes, 2);
}

function stateWord(value, duration) {
  var said = Math.min(value >> 14, 2);
  var data = { state: STATES[said], occupied: occupied(said), confidence: LEVELS[(value >> 10) & 15] / 100 };
  data[duration] = seconds(value & NOT_KNOWN);
  return data;
}

function addCondition(data, bytes, at) {
  var present = bytes[at + 2] & 15;
  data.config_hash = hex((bytes[at] << 4) | (bytes[at + 1] >> 4), 3);
  data.detector_hash = hex(((bytes[at + 1] & 15) << 4) | (bytes[at + 2] >> 4), 2);
  data.fault = [];
  at += 3 + ones(present); // the lowest byte of the mask stands last
  for (var part = 0; part < 4; part++) {
    if ((present >> part) & 1) {
      at -= 1;
      for (var bit = 0; bit < 8; bit++) {
        if ((bytes[at] >> bit) & 1) {
          data.fault.push(FAULTS[8 * part + bit]);
        }
      }
    }
  }
  return data;
}

function checkCondition(bytes, at) {
  var present = bytes.length > at + 2 ? bytes[at + 2] & 15 : 0;
  if (bytes.length !== at + 3 + ones(present)) {
    throw wrongLength(bytes);
  }
}

function commandBytes(wanted) {
  var bytes = [];
  var known = {};
  var i;
  for (i = 0; i < SETTINGS.length; i++) {
    known[SETTINGS[i].name] = true;
    if (wanted.hasOwnProperty(SETTINGS[i].name)) {
      bytes = bytes.concat([i], valueBytes(SETTINGS[i], wanted[SETTINGS[i].name]));
    }
  }
  for (i = 0; i < COMMANDS.length; i++) {
    known[COMMANDS[i]] = true;
    if (wanted[COMMANDS[i]]) {
      bytes.push(FIRST_COMMAND + i);
    }
  }
  for (var name in wanted) {
    if (!known.hasOwnProperty(name)) {
      throw name + ": cannot be set by a downlink";
    }
  }
  if (!bytes.length) {
    throw "no setting and no command";
  }
  return bytes;
}

function valueBytes(setting, value) {
  var number = value;
  if (setting.choices) {
    number = setting.choices.indexOf(value);
    if (number < 0) {
      throw setting.name + ": must be one of " + setting.choices.join(", ");
    }
    return [number];
  }
  if (setting.bytes === 0) {
    return textBytes(setting, value);
  }
  if (typeof value !== "number" || value % 1 !== 0 || value < setting.low || value > setting.high) {
    throw setting.name + ": must be a whole number, " + setting.low + " to " + setting.high;
  }
  var bytes = [];
  for (var i = setting.bytes - 1; i >= 0; i--) {
    bytes.push((number >> (8 * i)) & 255);
  }
  return bytes;
}

function textBytes(setting, value) {
  var text;
  try {
    text = typeof value === "string" ? unescape(encodeURIComponent(value)) : null; // UTF-8, a character a byte
  } catch (error) {
    text = null; // half a surrogate pair
  }
  if (text === null || text.length < setting.low || text.length > setting.high || /[\x00-\x1f\x7f]/.test(text)) {
    throw setting.name + ": must be text of " + setting.low + " to " + setting.high + " bytes";
  }
  var bytes = [text.length];
  for (var i = 0; i < text.length; i++) {
    bytes.push(text.charCodeAt(i));
  }
  return bytes;
}

function commands(bytes) {
  var data = {};
  var at = 0;
  while (at < bytes.length) {
    var number = bytes[at];
    if (number >= FIRST_COMMAND && number < FIRST_COMMAND + COMMANDS.length) {
      data[COMMANDS[number - FIRST_COMMAND]] = true;
      at += 1;
    } else if (number < SETTINGS.length) {
      at = takeSetting(data, bytes, at);
    } else {
      throw "no such command (" + number + ")";
    }
  }
  if (!bytes.length) {
    throw "incomplete (" + NONE + ")";
  }
  return data;
}

function takeSetting(data, bytes, at) {
  var number = bytes[at];
  var setting = SETTINGS[number];
  var begin = at + 1;
  var size = setting.bytes;
  if (!size) {
    size = begin < bytes.length ? bytes[begin] : 1;
    begin += 1;
  }
  if (begin + size > bytes.length || data.hasOwnProperty(setting.name)) {
    throw "incomplete (" + number + ")";
  }
  data[setting.name] = settingValue(setting, number, bytes.slice(begin, begin + size));
  return begin + size;
}

function settingValue(setting, number, bytes) {
  var value = 0;
  var text = "";
  for (var i = 0; i < bytes.length; i++) {
    value = value * 256 + bytes[i];
    text += String.fromCharCode(bytes[i]);
  }
  if (setting.choices) {
    if (value >= setting.choices.length) {
      throw "value refused (" + number + ")";
    }
    return setting.choices[value];
  }
  if (setting.bytes) {
    return value;
  }
  try {
    return decodeURIComponent(escape(text));
  } catch (error) {
    throw "value refused (" + number + ")"; // no UTF-8
  }
}

// Adds when it was: arrival minus age, or minus how long the state has lasted.
function date(data, received) {
  var isHeartbeat = data.type === "heartbeat";
  var since = isHeartbeat ? data.state_duration : data.age;
  if (typeof since === "number") {
    data[isHeartbeat ? "since" : "time"] = new Date(received - 1000 * since).toISOString();
  }
}

// A duration of 10 bits: exact up to 127 s, then right to 1 s or 0.8 %; null when it is not known.
function seconds(code) {
  if (code === NOT_KNOWN) {
    return null;
  }
  if (code < 128) {
    return code;
  }
  var shift = Math.floor(code / 64) - 1;
  return (code - 64 * shift) * Math.pow(2, shift);
}

function uncertainty(age) {
  return age === null ? null : Math.floor(age / 50) + 1;
}

function occupied(said) {
  return said === 2 ? null : said !== 0;
}

function word(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function ones(bits) {
  return (bits & 1) + ((bits >> 1) & 1) + ((bits >> 2) & 1) + ((bits >> 3) & 1);
}

function modulo(number, divisor) {
  return ((number % divisor) + divisor) % divisor;
}

function hex(number, digits) {
  return ("000" + number.toString(16)).slice(-digits);
}

function wrongLength(bytes) {
  return "wrong length: " + bytes.length + " bytes";
}
