package world

import "sort"

// Marginals are what one can count in a stream without looking into people.
type Marginals struct {
	Events, SignIns, Failures, Probes int

	Median, P90, P99 int     // successful sign-ins of a user
	Single           float64 // users with exactly one
	NewNetwork       float64 // sign-ins, after a user's first, on a network that the user never had
	NewCountry       float64 // the same of countries
	Attacks          map[string]int
}

// Measure counts the marginals of a stream.
func Measure(events func(yield func(*Event) bool)) Marginals {
	m := Marginals{Attacks: map[string]int{}}
	perUser := map[int]int{}
	type pair[T comparable] struct {
		user int
		what T
	}
	networks, lands := map[pair[uint32]]bool{}, map[pair[string]]bool{}
	var later, fresh, abroad float64
	for e := range events {
		m.Events++
		switch {
		case e.Probe:
			m.Probes++
			m.Attacks[e.Label]++
			continue
		case e.Result != "success":
			m.Failures++
			continue
		}
		m.SignIns++
		if perUser[e.Account] > 0 && e.Place.ASN != 0 {
			later++
			if !networks[pair[uint32]{e.Account, e.Place.ASN}] {
				fresh++
			}
			if !lands[pair[string]{e.Account, e.Place.Country}] {
				abroad++
			}
		}
		perUser[e.Account]++
		networks[pair[uint32]{e.Account, e.Place.ASN}] = true
		lands[pair[string]{e.Account, e.Place.Country}] = true
	}
	counts := make([]int, 0, len(perUser))
	single := 0
	for _, n := range perUser {
		counts = append(counts, n)
		if n == 1 {
			single++
		}
	}
	if len(counts) == 0 {
		return m
	}
	sort.Ints(counts)
	at := func(q float64) int { return counts[int(q*float64(len(counts)-1))] }
	m.Median, m.P90, m.P99 = at(.5), at(.9), at(.99)
	m.Single = float64(single) / float64(len(counts))
	if later > 0 {
		m.NewNetwork, m.NewCountry = fresh/later, abroad/later
	}
	return m
}
