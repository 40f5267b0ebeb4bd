package geo

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// List is a set of networks from a text file:
//
//	# a comment
//	192.0.2.1                        an address
//	2001:db8::/32                    a network
//	198.51.100.0/24,NO,NO-03,Oslo,   a network with a place, as in RFC 8805
//
// The last form is what Apple publishes of the exits of its relay. Of networks
// that contain one another the smallest answers; of a network that is there
// twice, the last line.
type List struct {
	starts []netip.Addr // where the answer changes, ascending
	rows   []int32      // which row of places answers from there on, outside for none
	places []listed
	count  int
}

// listed is what a line says of the place of its network.
type listed struct {
	country, region, city string
	lat, lon              float64 // see List.located
	located               bool
}

const outside = -1

// What is read of a list at most. The longest that is published, Apple's, has
// 300 000 lines and 15 MB.
const (
	maxList      = 256 << 20
	maxListLines = 4_000_000
	maxListLine  = 1024
)

// OpenList reads a list.
func OpenList(path string) (*List, error) {
	data, err := readBounded(path, maxList)
	if err != nil {
		return nil, err
	}
	return ReadList(bytes.NewReader(data), path)
}

// ReadList reads a list; errors tell its name and the line.
func ReadList(r io.Reader, name string) (*List, error) {
	b := listBuilder{numbers: map[listed]int32{{}: 0}, places: []listed{{}}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxListLine), maxListLine)
	number := 0
	for lines.Scan() {
		if number++; number > maxListLines {
			return nil, fmt.Errorf("%s: more than %d lines", name, maxListLines)
		}
		text := lines.Text()
		if number == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if err := b.line(text); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s:%d: longer than %d bytes", name, number+1, maxListLine)
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b.list(), nil
}

// Len is the number of networks, those that are there twice counted once.
func (l *List) Len() int { return l.count }

// find is what the list says of an address, and whether it holds it.
func (l *List) find(addr netip.Addr) (listed, bool) {
	at, found := slices.BinarySearchFunc(l.starts, addr, netip.Addr.Compare)
	if !found {
		at--
	}
	if at < 0 || l.rows[at] == outside {
		return listed{}, false
	}
	return l.places[l.rows[at]], true
}

// listSource is a list as a source: what it holds has a class.
type listSource struct {
	*List
	class Network
}

func (s listSource) Lookup(addr netip.Addr) Record {
	at, ok := s.find(addr)
	if !ok {
		return Record{}
	}
	return Record{Country: at.country, Region: at.region, City: at.city, Lat: at.lat, Lon: at.lon, Located: at.located, Class: s.class}
}

// listBuilder gathers the lines of a list.
type listBuilder struct {
	numbers map[listed]int32
	places  []listed
	nets    []listedNet
}

type listedNet struct {
	prefix netip.Prefix
	row    int32
}

// line takes in one line.
func (b *listBuilder) line(text string) error {
	if before, _, ok := strings.Cut(text, "#"); ok {
		text = before
	}
	fields := strings.Split(text, ",")
	for i := range fields {
		fields[i] = strings.Trim(strings.TrimSpace(fields[i]), `"`)
	}
	if len(fields) == 1 && fields[0] == "" {
		return nil
	}
	prefix, err := network4or6(fields[0])
	if err != nil {
		return err
	}
	fields = append(fields, "", "", "")
	place := listed{country: strings.ToUpper(fields[1]), region: Printable(fields[2]), city: Printable(fields[3])}
	if place.country != "" && !isCountry(place.country) {
		return fmt.Errorf("%q is no country: want two letters", Printable(fields[1]))
	}
	row, ok := b.numbers[place]
	if !ok {
		row = int32(len(b.places))
		b.numbers[place] = row
		b.places = append(b.places, place)
	}
	b.nets = append(b.nets, listedNet{prefix, row})
	return nil
}

// network4or6 reads an address or a network. IPv4 inside IPv6 is IPv4.
func network4or6(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is neither an address nor a network", Printable(text))
	case p.Addr().Is4In6():
		return p, fmt.Errorf("%v: write it as IPv4", p)
	case p.Masked() != p:
		// It is more often a mistake in the length than in the address.
		return p, fmt.Errorf("%v is no network: its first address is %v", p, p.Masked().Addr())
	case p.Bits() == 0:
		return p, fmt.Errorf("%v is everything", p)
	}
	return p, nil
}

// list sorts the networks and notes where the answer changes.
func (b *listBuilder) list() *List {
	slices.SortStableFunc(b.nets, func(x, y listedNet) int { return x.prefix.Compare(y.prefix) })
	l := &List{places: b.places}
	var open []listedNet // those that contain what comes next, the smallest last
	closeUntil := func(next netip.Addr) {
		for len(open) > 0 && (!next.IsValid() || !open[len(open)-1].prefix.Contains(next)) {
			after := lastOf(open[len(open)-1].prefix).Next()
			open = open[:len(open)-1]
			row := int32(outside)
			if len(open) > 0 {
				row = open[len(open)-1].row
			}
			if after.IsValid() {
				l.mark(after, row)
			}
		}
	}
	for i, n := range b.nets {
		if i+1 < len(b.nets) && b.nets[i+1].prefix == n.prefix {
			continue // the last line of a network counts
		}
		closeUntil(n.prefix.Addr())
		l.mark(n.prefix.Addr(), n.row)
		open = append(open, n)
		l.count++
	}
	closeUntil(netip.Addr{})
	return l
}

// located is the list with the coordinates that lists lack: those of the city of
// that name and country in the built-in atlas, of several the one with the most
// networks. What is not found stays without.
func (l *List) located() *List {
	type city struct{ country, name string }
	wanted := map[city][]int{}
	for i, p := range l.places {
		if p.city != "" {
			c := city{p.country, strings.ToLower(p.city)}
			wanted[c] = append(wanted[c], i)
		}
	}
	builtin, err := Builtin()
	if err != nil || len(wanted) == 0 {
		return l
	}
	for e := range builtin.Places() {
		if !e.Located {
			continue
		}
		c := city{e.Country, strings.ToLower(e.City)}
		for _, i := range wanted[c] {
			l.places[i].lat, l.places[i].lon, l.places[i].located = e.Lat, e.Lon, true
		}
		delete(wanted, c)
	}
	return l
}

// mark notes that a row answers from an address on.
func (l *List) mark(from netip.Addr, row int32) {
	if n := len(l.starts); n > 0 && l.starts[n-1] == from {
		l.rows[n-1] = row
		return
	}
	l.starts, l.rows = append(l.starts, from), append(l.rows, row)
}

// lastOf is the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}
