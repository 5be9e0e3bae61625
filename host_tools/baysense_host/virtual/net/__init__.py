"""The network around the virtual boards: access points, sockets bridged to real TCP, a broker, a listener."""
