"""What a platform does with a LoRaWAN device: decode its payloads, rebuild its history, send it commands."""
