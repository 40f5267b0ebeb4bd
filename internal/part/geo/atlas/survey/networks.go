package survey

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
)

// networks numbers autonomous systems. The first name that is read stays.
type networks struct {
	number map[uint32]uint32
	rows   []atlas.Network
}

func newNetworks() *networks { return &networks{number: map[uint32]uint32{}} }

// read takes in a database or a list.
func (n *networks) read(path string, into *[2][]span) error {
	if strings.HasSuffix(strings.ToLower(path), ".csv") {
		return n.openList(path, into)
	}
	d, err := geo.OpenDatabase(path)
	if err != nil {
		return err
	}
	found := 0
	for prefix, r := range d.All() {
		value := n.add(r.ASN, r.Organisation)
		if s, family, ok := spanOf(prefix, value); ok && value != 0 {
			into[family] = append(into[family], s)
			found++
		}
	}
	if found == 0 {
		return fmt.Errorf("%s: no networks in it", path)
	}
	return nil
}

// openList reads a list.
func (n *networks) openList(path string, into *[2][]span) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return n.readList(f, path, into)
}

// readList reads lines START,END,NUMBER,NAME, both addresses inside; errors tell
// the list's name and the line.
func (n *networks) readList(r io.Reader, name string, into *[2][]span) error {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord, lines.ReuseRecord = 4, true
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		line, _ := lines.FieldPos(0)
		start, err1 := netip.ParseAddr(fields[0])
		end, err2 := netip.ParseAddr(fields[1])
		number, err3 := strconv.ParseUint(fields[2], 10, 32)
		if err := errors.Join(err1, err2, err3); err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
		from, family := keyOf(start)
		to, same := keyOf(end)
		if family != same || to < from {
			return fmt.Errorf("%s:%d: from %v to %v is no range", name, line, start, end)
		}
		if value := n.add(uint32(number), geo.Printable(fields[3])); value != 0 {
			into[family] = append(into[family], span{from, to, value})
		}
	}
}

// add is the number of an autonomous system, 0 for none.
func (n *networks) add(asn uint32, organisation string) uint32 {
	if asn == 0 {
		return 0
	}
	if i, ok := n.number[asn]; ok {
		return i
	}
	n.rows = append(n.rows, atlas.Network{ASN: asn, Organisation: organisation, Class: uint8(geo.Classify(asn, organisation))})
	n.number[asn] = uint32(len(n.rows))
	return n.number[asn]
}

// keyOf is the key of an address, and which family it belongs to.
func keyOf(addr netip.Addr) (key uint64, family int) {
	if addr = addr.Unmap(); addr.Is4() {
		b := addr.As4()
		return uint64(binary.BigEndian.Uint32(b[:])), 0
	}
	b := addr.As16()
	return binary.BigEndian.Uint64(b[:8]), 1
}

// spanOf is the span of a prefix. Of IPv6, only 2000::/3 has places.
func spanOf(prefix netip.Prefix, value uint32) (s span, family int, ok bool) {
	s.value = value
	bits := prefix.Bits()
	if prefix.Addr().Is4In6() {
		bits -= 96
	}
	s.from, family = keyOf(prefix.Addr())
	width := 32
	if family == 1 {
		width = 64
		if s.from>>61 != 1 {
			return s, family, false
		}
	}
	s.to = s.from
	if host := width - bits; host > 0 {
		s.to |= 1<<host - 1
	}
	return s, family, bits >= 0
}
