"""The only door to the network, tested over real sockets on this machine."""
