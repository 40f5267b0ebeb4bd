package world

import "net/netip"

// class is what a network really is.
type class uint8

const (
	fixed class = iota
	mobile
	hosting
	vpn
	tor
	relay
)

var classNames = [...]string{"fixed", "mobile", "hosting", "vpn", "tor", "relay"}

// network is an autonomous system, with a /16 of IPv4 and a /32 of IPv6 that
// are handed out in blocks: one block is a /24 and a /48, at one place.
type network struct {
	asn    uint32
	class  class
	nat    bool // few gateways, many people behind each
	share  float64
	v4     uint32 // of block 0
	v6     uint32 // upper half of the /32 of block 0
	where  []spot // of each block
	shown  []Place
	known  []bool           // which of shown have been made
	byCity map[spot][]int32 // blocks that customers live in
	firms  map[spot]int32   // the block of each city's offices
}

// nets are all networks of a world.
type nets struct {
	fixed   [][]*network // by country
	mobile  [][]*network // by country
	hosting []*network
	vpn     []*network
	relay   []*network
	tor     *network
	count   int
}

// Autonomous systems whose numbers are widely known; the others get numbers of
// the same look.
var (
	knownFixed  = map[string][]uint32{"US": {7922, 7018, 701, 20115, 22773}, "NO": {2119, 29695, 25400}, "SE": {3301, 1257, 8473}, "DK": {3292, 15516}, "FI": {1759, 719}, "DE": {3320, 3209, 6805, 31334, 8881}, "GB": {2856, 5607, 5089, 13285}, "FR": {3215, 12322, 15557, 5410}, "NL": {1136, 33915}, "ES": {3352, 12479, 12430}, "IT": {3269, 12874, 30722, 1267}, "PL": {5617, 12912}, "CH": {3303, 6730}, "JP": {4713, 2516, 17676}, "BR": {28573, 27699, 18881}, "CA": {577, 812, 852}, "AU": {1221, 4804, 7545}, "IN": {24560, 9829, 45609}}
	knownMobile = map[string][]uint32{"US": {21928, 20057, 22394}, "NO": {2116}, "DE": {29562}, "GB": {206067, 12576}, "IN": {55836}, "JP": {9605}}
	hostingASNs = []uint32{16509, 14061, 24940, 16276, 63949, 8075, 396982, 20473, 51167, 60781, 9009, 212238}
	vpnASNs     = []uint32{9009, 212238, 60068, 39351, 62041, 136787, 141039, 206092}
	relayASNs   = []uint32{36183, 13335, 54113}
)

func buildNets(p *Params, d dice) *nets {
	n := &nets{fixed: make([][]*network, len(countries)), mobile: make([][]*network, len(countries))}
	next := uint32(196608)
	asn := func(known []uint32, i int) uint32 {
		if i < len(known) {
			return known[i]
		}
		next += 1 + uint32(d.IntN(40))
		return next
	}
	for c := range countries {
		code := countries[c].code
		for i := range 4 + d.IntN(4) {
			net := n.add(asn(knownFixed[code], i), fixed, 1/float64(i+1))
			net.nat = d.chance(p.CGNAT)
			blocks := 30
			if net.nat {
				blocks = 2
			}
			for city := range countries[c].cities {
				for range blocks {
					net.grow(spot{int16(c), int16(city)})
				}
			}
			n.fixed[c] = append(n.fixed[c], net)
		}
		for i := range 3 {
			net := n.add(asn(knownMobile[code], i), mobile, 1/float64(i+1))
			net.nat = true
			for range 5 + d.IntN(5) {
				net.grow(anyCity(d, int16(c)))
			}
			n.mobile[c] = append(n.mobile[c], net)
		}
	}
	for _, number := range hostingASNs {
		net := n.add(number, hosting, d.between(.3, 2))
		for range 12 {
			where := anyCity(d, anyCountry(d, -1))
			for range 8 {
				net.grow(where)
			}
		}
		n.hosting = append(n.hosting, net)
	}
	for i, number := range vpnASNs {
		net := n.add(number, vpn, 1/float64(i+1))
		net.nat = true
		for c := range countries {
			net.grow(spot{int16(c), 0})
			net.grow(anyCity(d, int16(c)))
		}
		n.vpn = append(n.vpn, net)
	}
	for _, number := range relayASNs {
		net := n.add(number, relay, 1)
		net.nat = true
		for c := range countries {
			for city := range countries[c].cities {
				net.grow(spot{int16(c), int16(city)})
			}
		}
		n.relay = append(n.relay, net)
	}
	n.tor = n.add(hostingASNs[3], tor, 1)
	for range 40 {
		n.tor.grow(anyCity(d, anyCountry(d, -1)))
	}
	return n
}

// add makes a network and gives it addresses that nobody else has. The numbers
// are spread over the whole space by a step that shares no factor with it.
func (n *nets) add(asn uint32, c class, share float64) *network {
	at := uint32(n.count*7919) % uint32(len(firstOctets)*256)
	net := &network{
		asn: asn, class: c, share: share, byCity: map[spot][]int32{}, firms: map[spot]int32{},
		v4: uint32(firstOctets[at>>8])<<24 | at&255<<16,
		v6: 0x2a000000 | at<<8 | uint32(n.count)&255,
	}
	n.count++
	return net
}

// firstOctets begin addresses that are routed on the Internet, without those
// that hold a special range.
var firstOctets = []byte{2, 5, 23, 31, 37, 46, 51, 62, 70, 77, 80, 83, 85, 88, 91, 94, 99, 109, 125, 131, 141, 151, 163, 176, 178, 185, 188, 193, 195, 201, 209, 212, 217, 220}

// grow adds a block at a place and says which one it is.
func (net *network) grow(where spot) int32 {
	block := int32(len(net.where))
	net.where = append(net.where, where)
	net.byCity[where] = append(net.byCity[where], block)
	return block
}

// office is the block of the companies of a city.
func (net *network) office(at spot) int32 {
	block, ok := net.firms[at]
	if !ok {
		block = int32(len(net.where))
		net.where = append(net.where, at)
		net.firms[at] = block
	}
	return block
}

// seat is a place on a network from which somebody connects.
type seat struct {
	net   *network
	block int32
	host  uint8  // last byte of the IPv4 address
	sub   uint16 // fourth group of the IPv6 address: the /64
	iid   uint64 // its lower half
	v6    bool
}

// addr is the address that a server sees.
func (s seat) addr() netip.Addr {
	if !s.v6 {
		v4 := s.net.v4 + uint32(s.block)<<8 + uint32(s.host)
		return netip.AddrFrom4([4]byte{byte(v4 >> 24), byte(v4 >> 16), byte(v4 >> 8), byte(v4)})
	}
	var a [16]byte
	put := func(at int, word uint64, bytes int) {
		for i := range bytes {
			a[at+i] = byte(word >> (8 * (bytes - 1 - i)))
		}
	}
	put(0, uint64(s.net.v6), 4)
	put(4, uint64(s.block), 2)
	put(6, uint64(s.sub), 2)
	put(8, s.iid, 8)
	return netip.AddrFrom16(a)
}

func (s seat) where() spot { return s.net.where[s.block] }

// seatIn draws a seat in one of the blocks that a network has in a city, or
// anywhere in it when there is none.
func seatIn(d dice, net *network, at spot, v6 bool) seat {
	blocks := net.byCity[at]
	s := seat{net: net, v6: v6, sub: uint16(d.Uint32()), iid: d.Uint64()}
	if len(blocks) > 0 {
		s.block = blocks[d.IntN(len(blocks))]
	} else {
		s.block = int32(d.IntN(len(net.where)))
	}
	s.host = uint8(1 + d.IntN(254))
	if net.nat { // a few gateways for everybody
		s.host = uint8(1 + d.IntN(6))
		s.v6 = s.v6 && net.class != vpn
	}
	return s
}

// anyOf draws a network by market share.
func anyOf(d dice, of []*network) *network {
	var sum float64
	for _, n := range of {
		sum += n.share
	}
	at := d.Float64() * sum
	for _, n := range of {
		if at -= n.share; at < 0 {
			return n
		}
	}
	return of[len(of)-1]
}
