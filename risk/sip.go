package risk

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// Key is the secret of one pool under which a profile and a world name
// addresses, devices and agents. Who has a profile and not the key cannot tell
// which address it speaks of; two pools share nothing.
type Key [16]byte

// Format prints [redacted], whatever the verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// kind keeps the names of different things apart under one key.
type kind uint8

const (
	kindAddress kind = iota + 1
	kindPrefix
	kindNetwork
	kindCountry
	kindDevice
	kindPlatform
	kindBrowser
	kindAgent
	kindModel
	kindCity
	kindPassword
	kindPart
)

// hasher is SipHash-2-4 (Aumasson and Bernstein 2012) with its key expanded.
type hasher struct{ k0, k1 uint64 }

func newHasher(key Key) hasher {
	return hasher{binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])}
}

// sipState is passed by value, so that it stays in registers.
type sipState struct{ v0, v1, v2, v3 uint64 }

func (h hasher) start() sipState {
	return sipState{h.k0 ^ 0x736f6d6570736575, h.k1 ^ 0x646f72616e646f6d, h.k0 ^ 0x6c7967656e657261, h.k1 ^ 0x7465646279746573}
}

func (s sipState) round() sipState {
	s.v0 += s.v1
	s.v2 += s.v3
	s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
	s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
	s.v0 = bits.RotateLeft64(s.v0, 32) + s.v3
	s.v2 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
	s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
	s.v2 = bits.RotateLeft64(s.v2, 32)
	return s
}

func (s sipState) word(m uint64) sipState {
	s.v3 ^= m
	s = s.round().round()
	s.v0 ^= m
	return s
}

func (s sipState) sum() uint64 {
	s.v2 ^= 0xff
	s = s.round().round().round().round()
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

// number names a number of some kind: the hash of 15 bytes.
func (h hasher) number(k kind, n uint64) uint64 {
	return h.start().word(n).word(15<<56 | uint64(k)).sum()
}

// pair names two numbers of some kind.
func (h hasher) pair(k kind, a, b uint64) uint64 {
	return h.start().word(a).word(b).word(23<<56 | uint64(k)).sum()
}

// text names a text of some kind: the hash of the kind, seven zeros and the text.
func (h hasher) text(k kind, t string) uint64 {
	s := h.start().word(uint64(k))
	n := len(t)
	for ; len(t) >= 8; t = t[8:] {
		s = s.word(uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56)
	}
	last := uint64(n+8) << 56
	for i := range len(t) {
		last |= uint64(t[i]) << (8 * i)
	}
	return s.word(last).sum()
}
