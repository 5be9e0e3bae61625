"""The parts of the ESP32 that firmware reaches through `machine` and `esp32`, seen from the supervisor."""
