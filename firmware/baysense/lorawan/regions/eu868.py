"""EU868: RP002-1.0.4 section 2.4; bands from EN 300 220-2, as LoRaMac-node and lorawan.md have them."""

DYNAMIC = True

# (spreading factor, bandwidth [kHz]) by data rate; None: a modulation that these radios do not speak here.
DATA_RATES = ((12, 125), (11, 125), (10, 125), (9, 125), (8, 125), (7, 125), (7, 250))
UPLINK_RATES = 7  # data rates below this one are for uplinks
MOST_BYTES = (51, 51, 51, 115, 222, 222, 222)  # application payload without FOpts, repeater-compatible
DWELL_BYTES = MOST_BYTES  # under a dwell time limit

CHANNELS_HZ = (868_100_000, 868_300_000, 868_500_000)
CHANNEL_RATES = 0x50  # of these: least data rate, most << 4
LOW_HZ, HIGH_HZ = 863_000_000, 870_000_000
JOIN_RATES = (5, 4, 3, 2, 1, 0)  # in turn

RX2_HZ, RX2_RATE = 869_525_000, 0
RX1_OFFSETS = (0, 1, 2, 3, 4, 5)
RX1_SHIFT, RX1_LOW, RX1_HIGH = 0, 0, 6  # data rate of RX1: that of the uplink, shifted, less the offset, within

EIRP_DBM = 16
POWERS = 8  # steps of 2 dB down
TX_PARAM = False  # TxParamSetupReq is for regions with dwell time
DWELL = False  # 400 ms an uplink at most, until told otherwise

# (from [Hz], below [Hz], air time an hour [ms]). Nothing is sent between them.
BANDS = (
    (863_000_000, 865_000_000, 3_600),
    (865_000_000, 868_000_000, 36_000),
    (868_000_000, 868_600_000, 36_000),
    (868_700_000, 869_200_000, 3_600),
    (869_400_000, 869_650_000, 360_000),
    (869_700_000, 870_000_000, 36_000),
)
