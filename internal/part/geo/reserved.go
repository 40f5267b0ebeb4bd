package geo

import (
	"encoding/binary"
	"net/netip"
)

// Addresses that belong to no place: the IANA registries of special-purpose
// addresses (RFC 6890 and what updates it), as of 2026.
//
// What is globally reachable in them, such as the anycast of AS112, is left to
// the atlas like any other address.

// reserved is why an address belongs to no place, "" if it may have one.
func reserved(addr netip.Addr) string {
	if addr.Is4() {
		return reserved4(addr.As4())
	}
	if !addr.IsValid() {
		return "invalid"
	}
	return reserved6(addr.As16())
}

func reserved4(b [4]byte) string {
	n := binary.BigEndian.Uint32(b[:])
	switch b[0] {
	case 0:
		return "unspecified" // RFC 791: "this network"
	case 10:
		return "private" // RFC 1918
	case 100:
		if b[1]&0xc0 == 64 {
			return "carrier-grade NAT" // RFC 6598: 100.64/10
		}
	case 127:
		return "loopback" // RFC 1122
	case 169:
		if b[1] == 254 {
			return "link-local" // RFC 3927
		}
	case 172:
		if b[1]&0xf0 == 16 {
			return "private"
		}
	case 192:
		switch n >> 8 {
		case 0xc00000: // RFC 6890: 192.0.0/24
			return "protocol"
		case 0xc00002: // RFC 5737: 192.0.2/24
			return "documentation"
		case 0xc05863: // RFC 7526: 192.88.99/24, the anycast of 6to4, withdrawn
			return "protocol"
		}
		if b[1] == 168 {
			return "private"
		}
	case 198:
		if b[1]&0xfe == 18 {
			return "benchmark" // RFC 2544: 198.18/15
		}
		if n>>8 == 0xc63364 { // RFC 5737: 198.51.100/24
			return "documentation"
		}
	case 203:
		if n>>8 == 0xcb0071 { // RFC 5737: 203.0.113/24
			return "documentation"
		}
	}
	switch {
	case n == 0xffffffff:
		return "broadcast"
	case b[0] >= 240:
		return "reserved" // RFC 1112
	case b[0] >= 224:
		return "multicast" // RFC 5771
	}
	return ""
}

func reserved6(b [16]byte) string {
	high := binary.BigEndian.Uint64(b[:8])
	if high>>61 == 1 { // 2000::/3, the only part that is given to networks
		return reservedGlobal(high)
	}
	switch {
	case high == 0:
		switch binary.BigEndian.Uint64(b[8:]) {
		case 0:
			return "unspecified"
		case 1:
			return "loopback"
		}
	case high>>16 == 0x0064ff9b0001:
		return "private" // RFC 8215: translation inside one network
	case high == 0x0100000000000000 || high == 0x0100000000000001:
		return "discard" // RFC 6666, RFC 9780
	case high>>57 == 0x7e:
		return "private" // RFC 4193: fc00::/7
	case high>>54 == 0x3fa:
		return "link-local" // RFC 4291: fe80::/10
	case high>>54 == 0x3fb:
		return "private" // RFC 3879: fec0::/10, withdrawn
	case high>>56 == 0xff:
		return "multicast"
	}
	return "reserved" // RFC 4291: not given to anybody yet
}

// reservedGlobal is for 2000::/3.
func reservedGlobal(high uint64) string {
	switch {
	case high>>32 == 0x20010000:
		return "tunnel" // RFC 4380: Teredo, given up
	case high>>32 == 0x20010db8 || high>>44 == 0x3fff0:
		return "documentation" // RFC 3849, RFC 9637
	case high>>16 == 0x200100020000:
		return "benchmark" // RFC 5180
	case high>>36 == 0x2001001 || high>>36 == 0x2001002:
		return "protocol" // RFC 4843, RFC 7343: identifiers, not addresses
	}
	return ""
}

// plain is the address that the network sees: without a zone, and IPv4 where
// IPv4 is inside. Packets for a 6to4 address (2002::/16, RFC 3056) and for one of
// NAT64 (64:ff9b::/96, RFC 6052) go to the IPv4 address that it holds, so that is
// where the person is. A Teredo address holds one too, but also a server and a
// relay that others run: it has no place.
func plain(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if !addr.Is6() {
		return addr
	}
	b := addr.As16()
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	case binary.BigEndian.Uint64(b[:8]) == 0x0064ff9b00000000 && binary.BigEndian.Uint32(b[8:12]) == 0:
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	return addr
}
