package geo

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

func BenchmarkEmbedded(b *testing.B) {
	f, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for _, family := range []struct {
		name string
		draw func() netip.Addr
	}{{"v4", func() netip.Addr { return random4(dice) }}, {"v6", func() netip.Addr { return random6(dice) }}} {
		addrs := make([]netip.Addr, 1<<16)
		for i := range addrs {
			addrs[i] = family.draw()
		}
		b.Run(family.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				f.Find(addrs[i%len(addrs)])
			}
		})
	}
}

func random4(dice *rand.Rand) netip.Addr {
	n := dice.Uint32()
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// random6 is an address where networks are: a /32 of the registries.
func random6(dice *rand.Rand) netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(dice.Uint32())
	}
	b[0], b[1] = 0x2a, byte(dice.IntN(16)) // RIPE
	switch dice.IntN(3) {
	case 0:
		b[0], b[1] = 0x24, byte(dice.IntN(16)) // APNIC
	case 1:
		b[0], b[1] = 0x26, byte(dice.IntN(16)) // ARIN
	}
	return netip.AddrFrom16(b)
}
