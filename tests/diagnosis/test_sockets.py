"""What a Pod's kernel says of its listeners."""

from servicelab.diagnosis.sockets import read_sockets
from servicelab.network.listeners import Listener

PRINTED = """\
tcp
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5312417 1 0000 100 0 0 10 0
   1: 0402F40A:1F91 0900F40A:C350 01 00000000:00000000 00:00000000 00000000     0        0 5312418 1 0000 100 0 0 10 0
tcp6
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
   1: 00000000000000000000000001000000:1F93 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
udp
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  612: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 531 2 000 0
udp6
"""


def test_listeners_are_read_with_the_addresses_they_are_bound_to():
    assert read_sockets(PRINTED) == (
        Listener("TCP", 8080, "", "127.0.0.1"),
        Listener("TCP", 8082, ""),
        Listener("TCP", 8083, "", "::1"),
        Listener("UDP", 53, ""),
    )


def test_nothing_is_read_from_nothing():
    assert read_sockets("tcp\n  sl  local_address rem_address   st\nsh: cat: not found\n") == ()
