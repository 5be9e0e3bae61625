"""What the scenarios are called on the page (detection.md §6.4)."""

TITLES = {
    "S1": ("Normal parking", "five classes of vehicle, 0.5–3 m/s, off the middle, from both directions"),
    "S2": ("Neighbours", "bays 2.3 and 2.5 m beside, both sides, vans, 0.6 m over the line"),
    "S3": ("Lane traffic", "passes 1.7–3.5 m away, trucks among them"),
    "S4 beside": ("Stop-and-go beside the bay", "stops of 5–60 s in front of the sensor, then on"),
    "S4 over": (
        "Stops over the sensor",
        "5–19 s, then on. These marks contradict the latency mark of 5 s by construction: a car that stands still "
        "over the sensor for 5 to 19 s is a car that parks, until it goes. So they are scored apart.",
    ),
    "S5": ("Heat", "30 days between −20 and +60 °C, sun steps of 2 °C a minute, empty and occupied"),
    "S6": ("Geomagnetic storm", "recorded minutes of an observatory, also scaled to K9"),
    "S7": ("Chargers and rails", "steps of 0.3–3 µT once a minute, 50 Hz at 1 µT"),
    "S8": ("Odd vehicles", "motorcycles, trailers, small electric cars, high chassis, the critical point"),
    "S9": ("Range sensor blocked", "snow, water, leaves for days while vehicles come and go"),
    "S10": ("People", "people, trolleys and dogs over the sensor for 1–60 s"),
    "S11": ("Swaps", "another vehicle within 10 s"),
    "S12": ("Commissioning and restarts", "over a car, node turned by 30°, restart while occupied, brown-out"),
    "S14": ("Broken sensor", "glitches, a stuck axis, saturation, a magnet on the lid"),
    "X1": (
        "Hum and remanence",
        "the visits of S1 with mains hum up to 3 µT, and a field that does not come back quite the same; our own "
        "scenario, for information",
    ),
    "X2": (
        "Drive-overs",
        "vehicles pass over the sensor at 1–8 m/s without a stop; our own scenario, for information",
    ),
    "S16 parking": (
        "Windows of parking",
        "a vehicle comes, stays and leaves, under interference; the label is the truth",
    ),
    "S16 traffic": ("Windows of traffic", "vehicles pass and none parks: nothing may be told"),
}
