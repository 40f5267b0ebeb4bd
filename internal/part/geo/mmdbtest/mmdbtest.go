// Package mmdbtest gives tests small files in MaxMind's format.
//
// It is a writer of our own, so that the reader under test is checked against
// the specification (MaxMind DB 2.0) and not against its sibling.
package mmdbtest

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
)

// Map is the fields of a record: string, bool, float64, uint16, uint32, uint64,
// Map and []any are written.
type Map map[string]any

// File makes a file of IPv6, with IPv4 inside it at ::/96 as the format has it.
// It panics when a network contains another or a value cannot be written.
func File(databaseType string, records map[string]Map) []byte {
	w := writer{nodes: [][2]int{{empty, empty}}}
	offsets := map[string]int{}
	for _, network := range slices.Sorted(maps.Keys(records)) {
		at := len(w.data)
		w.value(records[network])
		offsets[network] = at
		w.insert(netip.MustParsePrefix(network), at)
	}
	file := w.tree()
	file = append(file, make([]byte, 16)...)
	file = append(file, w.data...)
	meta := writer{}
	meta.value(Map{
		"binary_format_major_version": uint16(2), "binary_format_minor_version": uint16(0),
		"build_epoch": uint64(1_780_000_000), "database_type": databaseType,
		"ip_version": uint16(6), "languages": []any{"en"}, "description": Map{"en": "test"},
		"node_count": uint32(len(w.nodes)), "record_size": uint16(32),
	})
	return append(append(file, "\xab\xcd\xefMaxMind.com"...), meta.data...)
}

// empty is a branch that leads nowhere; a branch below it leads to a record,
// one above to a node.
const empty = -1

type writer struct {
	nodes [][2]int
	data  []byte
}

// insert makes the path of a network's bits.
func (w *writer) insert(p netip.Prefix, offset int) {
	bits := p.Addr().As16()
	length := p.Bits()
	if p.Addr().Is4() {
		four := p.Addr().As4()
		bits = [16]byte{}
		copy(bits[12:], four[:])
		length += 96
	}
	node := 0
	for i := range length {
		branch := &w.nodes[node][bits[i/8]>>(7-i%8)&1]
		if i == length-1 {
			if *branch != empty {
				panic(fmt.Sprintf("mmdbtest: %v meets another network", p))
			}
			*branch = -2 - offset
			return
		}
		if *branch < empty {
			panic(fmt.Sprintf("mmdbtest: %v is inside another network", p))
		}
		if *branch == empty {
			*branch = len(w.nodes)
			w.nodes = append(w.nodes, [2]int{empty, empty})
			node = len(w.nodes) - 1
			continue
		}
		node = *branch
	}
}

// tree is the nodes with records of 32 bits.
func (w *writer) tree() []byte {
	var out []byte
	for _, node := range w.nodes {
		for _, branch := range node {
			value := branch
			switch {
			case branch == empty:
				value = len(w.nodes)
			case branch < empty:
				value = len(w.nodes) + 16 + (-2 - branch)
			}
			out = binary.BigEndian.AppendUint32(out, uint32(value))
		}
	}
	return out
}

// value writes a value with its control bytes, sections "Data Section" of the format.
func (w *writer) value(v any) {
	switch v := v.(type) {
	case string:
		w.control(2, len(v))
		w.data = append(w.data, v...)
	case float64:
		w.control(3, 8)
		w.data = binary.BigEndian.AppendUint64(w.data, math.Float64bits(v))
	case uint16:
		w.control(5, 2)
		w.data = binary.BigEndian.AppendUint16(w.data, v)
	case uint32:
		w.control(6, 4)
		w.data = binary.BigEndian.AppendUint32(w.data, v)
	case Map:
		w.control(7, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			w.value(name)
			w.value(v[name])
		}
	case uint64:
		w.control(9, 8)
		w.data = binary.BigEndian.AppendUint64(w.data, v)
	case []any:
		w.control(11, len(v))
		for _, x := range v {
			w.value(x)
		}
	case bool:
		size := 0
		if v {
			size = 1
		}
		w.control(14, size)
	default:
		panic(fmt.Sprintf("mmdbtest: a value of type %T", v))
	}
}

// control writes type and size.
func (w *writer) control(kind, size int) {
	first := min(size, 29)
	if size >= 29+256 {
		panic(fmt.Sprintf("mmdbtest: a value of size %d", size))
	}
	if kind > 7 {
		w.data = append(w.data, byte(first), byte(kind-7))
	} else {
		w.data = append(w.data, byte(kind<<5|first))
	}
	if first == 29 {
		w.data = append(w.data, byte(size-29))
	}
}
