package survey

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
)

// Agreement is how an atlas answers beside the database that it was made of.
type Agreement struct {
	Asked    int // addresses of which the database knows a country
	Country  int // answers with the same country
	City     int // with the same country, region and city, quarters aside
	Located  int // where both have a point
	Km       [5]float64
	Quantile [5]float64
}

// String is a line for people.
func (a Agreement) String() string {
	s := fmt.Sprintf("%d addresses: country %.4f %%, city %.4f %%; distance", a.Asked, share(a.Country, a.Asked), share(a.City, a.Asked))
	for i, q := range a.Quantile {
		s += fmt.Sprintf(" p%g %.2f", 100*q, a.Km[i])
	}
	return s + " km"
}

func share(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// Compare asks an atlas and a database about n addresses, each in a network of
// the database that was drawn with the same chance as any other.
func Compare(a *atlas.Atlas, database string, n int, seed uint64) (Agreement, error) {
	d, err := geo.OpenDatabase(database)
	if err != nil {
		return Agreement{}, err
	}
	dice := rand.New(rand.NewPCG(seed, 0))
	drawn := make([]drawn, 0, n)
	seen := 0
	for prefix, r := range d.All() {
		if r.Country == "" || !asked(prefix) {
			continue
		}
		seen++
		// Reservoir sampling: after k networks each is among the drawn with chance n / k.
		if at := dice.IntN(seen); len(drawn) < n {
			drawn = append(drawn, struct {
				prefix netip.Prefix
				record geo.Record
			}{prefix, r})
		} else if at < n {
			drawn[at].prefix, drawn[at].record = prefix, r
		}
	}
	return agreement(a, drawn, dice), nil
}

// drawn is a network with what the database says.
type drawn = struct {
	prefix netip.Prefix
	record geo.Record
}

// asked tells whether an atlas has an answer of its own for a network: of IPv6,
// only for those of a /64 or more.
func asked(prefix netip.Prefix) bool {
	_, family, ok := spanOf(prefix, 1)
	return ok && (family == 0 || prefix.Bits() <= 64)
}

func agreement(a *atlas.Atlas, list []drawn, dice *rand.Rand) Agreement {
	result := Agreement{Quantile: [5]float64{.5, .9, .99, .999, 1}}
	var km []float64
	for _, x := range list {
		got, want := a.Find(inside(x.prefix, dice)), x.record
		result.Asked++
		if got.Country != want.Country {
			continue
		}
		result.Country++
		if got.Region == want.Region && got.City == City(want.City) {
			result.City++
		}
		if got.Located && want.Located {
			result.Located++
			km = append(km, geo.Kilometres(got.Lat, got.Lon, want.Lat, want.Lon))
		}
	}
	slices.Sort(km)
	for i, q := range result.Quantile {
		if len(km) > 0 {
			result.Km[i] = km[int(q*float64(len(km)-1))]
		}
	}
	return result
}

// inside is an address of a prefix.
func inside(prefix netip.Prefix, dice *rand.Rand) netip.Addr {
	b := prefix.Addr().AsSlice()
	for i := prefix.Bits(); i < 8*len(b); i++ {
		if dice.IntN(2) == 1 {
			b[i/8] |= 0x80 >> (i % 8)
		}
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}
