package risk

import (
	"bytes"
	"errors"
	"math"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyFloat draws numbers as clients and broken tables send them.
func anyFloat(t *rapid.T, name string) float64 {
	odd := []float64{0, math.Copysign(0, -1), 90, -90, 180, -180, 91, 181, 1e300, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324}
	if rapid.Bool().Draw(t, name+" odd") {
		return rapid.SampledFrom(odd).Draw(t, name)
	}
	return rapid.Float64Range(-200, 200).Draw(t, name)
}

// anyAttempt draws from few values, so that attempts meet, and from absurd ones.
func anyAttempt(t *rapid.T) *Attempt {
	a := &Attempt{
		User: rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(t, "user"),
		Time: time.Unix(rapid.OneOf(rapid.Int64Range(1577836000, 1800000000), rapid.SampledFrom([]int64{0, -1 << 62, 1 << 62, 253402300800})).Draw(t, "time"), 0),
		Place: Place{
			Country: rapid.SampledFrom([]string{"", "NO", "SE", "AU", "norway", "\xff\xfe"}).Draw(t, "country"),
			City:    rapid.SampledFrom([]string{"", "Oslo", "Sydney"}).Draw(t, "city"),
			Lat:     anyFloat(t, "lat"), Lon: anyFloat(t, "lon"), Located: rapid.Bool().Draw(t, "located"),
			RadiusKm: anyFloat(t, "radius"), ASN: rapid.SampledFrom([]uint32{0, 1, 2, math.MaxUint32}).Draw(t, "asn"),
			Network: Network(rapid.Uint8Range(0, 12).Draw(t, "network")),
		},
		Agent: Agent{
			Family: rapid.SampledFrom([]string{"", "Chrome", "Firefox"}).Draw(t, "family"), Major: rapid.SampledFrom([]int{0, 1, 126, -5, math.MaxInt}).Draw(t, "major"),
			OS: rapid.SampledFrom([]string{"", "Windows", "iOS"}).Draw(t, "os"), Automation: rapid.Bool().Draw(t, "automation"), Hash: rapid.Uint64Range(0, 4).Draw(t, "hash"),
		},
		Device:     Device{Key: rapid.SampledFrom([]string{"", "k1", "k2"}).Draw(t, "key"), Trust: Trust(rapid.Uint8Range(0, 5).Draw(t, "trust"))},
		Zone:       ZoneOf(rapid.SampledFrom([]int{0, 60, -720, 840, 9999}).Draw(t, "zone")),
		Password:   rapid.Uint64Range(0, 2).Draw(t, "password"),
		Travelling: rapid.Bool().Draw(t, "travelling"),
	}
	if n := rapid.IntRange(0, 6).Draw(t, "address"); n > 0 {
		a.Address = []netip.Addr{
			netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("2001:db8::1"),
			netip.MustParseAddr("fe80::1%eth0"), netip.IPv4Unspecified(), netip.IPv6Unspecified(),
		}[n-1]
	}
	return a
}

func anyHistory(t *rapid.T, e *Engine, p *Profile, w *World) {
	for range rapid.IntRange(0, 30).Draw(t, "attempts") {
		e.Learn(anyAttempt(t), p, w, Outcome(rapid.Uint8Range(0, 8).Draw(t, "outcome")), Level(rapid.Uint8Range(0, 4).Draw(t, "level")))
	}
}

func engine(tb testing.TB, change func(*Policy)) *Engine {
	tb.Helper()
	p := DefaultPolicy()
	if change != nil {
		change(&p)
	}
	e, err := New(Config{Key: Key{9}, Policy: &p, Now: func() time.Time { return time.Unix(1767225600, 0) }})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// Whatever is asked, every number is finite and in its range, score and level
// agree, and nothing asked changes what is known.
func TestAnyAttemptIsJudged(t *testing.T) {
	e := engine(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		p, w := new(Profile), NewWorld(WorldConfig{Addresses: 1024})
		anyHistory(t, e, p, w)
		before, _ := p.MarshalBinary()
		if len(before) > MaxProfile {
			t.Fatalf("a profile of %d bytes, more than %d", len(before), MaxProfile)
		}
		a := anyAttempt(t)
		got := e.Assess(a, p, w)
		for f, x := range got.Features {
			if !(x >= 0 && x < 1000) {
				t.Errorf("%s is %v", FeatureTable[f].Name, x)
			}
		}
		for _, x := range []float64{got.Score, got.Evidence, got.Identity, got.Campaign, got.Logistic} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Errorf("a score is %v", x)
			}
		}
		if got.Scale < 0 || got.Scale > 1000 {
			t.Errorf("scale %d", got.Scale)
		}
		if got.Level != e.model.level(got.Score) || got.Level > High {
			t.Errorf("level %v at score %v", got.Level, got.Score)
		}
		for _, r := range got.Reasons() {
			if r.Text() == "" || math.IsNaN(float64(r.Nats+r.Value+r.Baseline)) {
				t.Errorf("reason %v: %q, %v %v %v", r.Code, r.Text(), r.Nats, r.Value, r.Baseline)
			}
		}
		if _, level := e.Counterfactual(a, p, w); level > got.Level {
			t.Errorf("a known fact raises %v to %v", got.Level, level)
		}
		if after, _ := p.MarshalBinary(); !bytes.Equal(before, after) {
			t.Error("Assess changed the profile")
		}
	})
}

// A profile read back is the profile that was written, and judges the same.
func TestProfileRoundTrip(t *testing.T) {
	e := engine(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		p := new(Profile)
		anyHistory(t, e, p, nil)
		first, _ := p.MarshalBinary()
		var q Profile
		if err := q.UnmarshalBinary(first); err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		second, _ := q.MarshalBinary()
		if !bytes.Equal(first, second) {
			t.Fatalf("written %x\nread and written again %x", first, second)
		}
		a := anyAttempt(t)
		x, y := e.Assess(a, p, nil), e.Assess(a, &q, nil)
		if math.Abs(x.Score-y.Score) > 0.05 {
			t.Errorf("score %v in memory, %v from disk", x.Score, y.Score)
		}
	})
}

// A flipped bit, a cut or an appended byte is an error; the profile is then lost,
// says so, and is never taken for harmless.
func TestDamagedProfile(t *testing.T) {
	e := engine(t, nil)
	p := new(Profile)
	a := &Attempt{Time: time.Unix(1767225600, 0), Address: netip.MustParseAddr("192.0.2.1"), Place: Place{Country: "NO", ASN: 2119}}
	for range 5 {
		e.Learn(a, p, nil, Success, None)
	}
	whole, _ := p.MarshalBinary()
	check := func(what string, b []byte) {
		t.Helper()
		var q Profile
		err := q.UnmarshalBinary(b)
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
			t.Fatalf("%s: error %v", what, err)
		}
		if !q.Lost() || !q.Empty() {
			t.Fatalf("%s: lost %v, empty %v", what, q.Lost(), q.Empty())
		}
		got := e.Assess(a, &q, nil)
		if _, said := got.Reason(CodeProfileLost); !said || got.Level < Medium {
			t.Fatalf("%s: level %v, said so %v", what, got.Level, said)
		}
	}
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			check("a flipped bit", b)
		}
	}
	for n := 1; n < len(whole); n++ {
		check("a cut", whole[:n])
	}
	check("an appended byte", append(bytes.Clone(whole), 0))

	var q Profile
	_ = q.UnmarshalBinary(whole[:10])
	stored, _ := q.MarshalBinary()
	if err := q.UnmarshalBinary(stored); err != nil || !q.Lost() {
		t.Errorf("a lost profile stored and read again: error %v, lost %v", err, q.Lost())
	}
	e.Learn(a, &q, nil, Passed, Medium)
	if q.Lost() || q.Empty() {
		t.Error("after a passed challenge the profile is still lost")
	}
}

// More evidence never lowers a score: raising a feature against the user, or
// lowering one for him, moves neither channel the wrong way.
func TestMonotone(t *testing.T) {
	e := engine(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		var v, u Vector
		var s shown
		for f := range FeatureTable {
			v[f] = float32(rapid.Float64Range(0, 8).Draw(t, FeatureTable[f].Name))
		}
		u = v
		f := rapid.IntRange(0, NumFeatures-1).Draw(t, "feature")
		by := float32(rapid.Float64Range(0, 8).Draw(t, "by"))
		u[f] += by
		var before, after verdict
		s.see(&v)
		e.model.score(&s, false, &before)
		s.see(&u)
		e.model.score(&s, false, &after)
		if d := (after.score - before.score) * float64(FeatureTable[f].Direction); d < -1e-6 {
			t.Errorf("%s by %v moves the score from %v to %v", FeatureTable[f].Name, by, before.score, after.score)
		}
	})
}

// Rules bring a score into the level they demand and keep the order of evidence.
func TestSettleKeepsOrder(t *testing.T) {
	e := engine(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		d := demands{floor: Level(rapid.Uint8Range(0, 3).Draw(t, "floor")), ceiling: Level(rapid.SampledFrom([]uint8{0, 1, 3}).Draw(t, "ceiling"))}
		x := rapid.Float64Range(-20, 20).Draw(t, "x")
		y := x + rapid.Float64Range(0.01, 5).Draw(t, "more")
		a, b := e.model.settle(x, &d), e.model.settle(y, &d)
		if a >= b {
			t.Errorf("%v and %v settle at %v and %v", x, y, a, b)
		}
		if l := e.model.level(a); l < d.floor || d.floor <= d.ceiling && l > d.ceiling {
			t.Errorf("%v settles at %v, level %v, outside %v to %v", x, a, l, d.floor, d.ceiling)
		}
	})
}

// Two accounts of concurrent updates merge by learning again: the order does not
// matter beyond rounding. (It does for what is noted beside a name, as the last
// version of a browser, when one of the two showed none.)
func TestLearningCommutes(t *testing.T) {
	e := engine(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		base := new(Profile)
		anyHistory(t, e, base, nil)
		a, b := anyAttempt(t), anyAttempt(t)
		x, y := *base, *base
		e.Learn(a, &x, nil, Passed, None)
		e.Learn(b, &x, nil, Passed, None)
		e.Learn(b, &y, nil, Passed, None)
		e.Learn(a, &y, nil, Passed, None)
		if d := math.Abs(float64(x.history - y.history)); d > 0.01*float64(x.history) {
			t.Errorf("history %v and %v", x.history, y.history)
		}
		for l := range level(numLevels) {
			if l == atPlace || l == atZone {
				continue // which of two near places gives the name depends on the order
			}
			if x.count[l] != y.count[l] {
				t.Fatalf("%s: %d and %d entries", levelWords[l], x.count[l], y.count[l])
			}
			for _, p := range x.list(l) {
				at := y.find(l, p.name)
				if at < 0 {
					if x.count[l] == caps[l] {
						continue // fell out of a full list
					}
					t.Fatalf("%s: an entry is lost", levelWords[l])
				}
				q := y.list(l)[at]
				if p.day != q.day || math.Abs(float64(p.weight-q.weight)) > 0.01*float64(p.weight) || p.trust != q.trust {
					t.Errorf("%s: %+v and %+v", levelWords[l], p, q)
				}
			}
		}
	})
}

// Who is let in unasked from a risky context cannot become usual by repeating it.
func TestRepeatingTeachesLittle(t *testing.T) {
	e := engine(t, nil)
	home := &Attempt{Address: netip.MustParseAddr("192.0.2.1"), Place: Place{Country: "NO", ASN: 2119}}
	thief := &Attempt{Address: netip.MustParseAddr("198.51.100.7"), Place: Place{Country: "RU", ASN: 12389}}
	p, at := new(Profile), time.Unix(1767225600, 0)
	for i := range 20 {
		home.Time = at.AddDate(0, 0, i)
		e.Learn(home, p, nil, Success, None)
	}
	for i := range 200 {
		thief.Time = at.AddDate(0, 0, 20).Add(time.Duration(i) * time.Minute)
		e.Learn(thief, p, nil, Success, Low)
	}
	for _, item := range p.Export().Networks {
		if item.Name == "AS12389" && item.Weight > 1 {
			t.Errorf("two hundred unasked sign-ins weigh %v, more than one that was asked", item.Weight)
		}
	}
}

// Replay is Assess and Learn, to the bit.
func TestReplay(t *testing.T) {
	e := engine(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		p, w, v := new(Profile), NewWorld(WorldConfig{Addresses: 1024}), NewWorld(WorldConfig{Addresses: 1024})
		q := new(Profile)
		for range rapid.IntRange(1, 20).Draw(t, "attempts") {
			a, o := anyAttempt(t), Outcome(rapid.Uint8Range(0, 8).Draw(t, "outcome"))
			want := e.Assess(a, p, w)
			taught := o
			if o == Success && want.Level >= Medium {
				taught = Passed
			}
			e.Learn(a, p, w, taught, want.Level)
			if got := e.Replay(a, q, v, o); got.Score != want.Score || got.Level != want.Level {
				t.Fatalf("score %v and %v", got.Score, want.Score)
			}
		}
		if x, y := *p, *q; x != y {
			t.Error("the profiles differ")
		}
		if w.pool != v.pool {
			t.Error("the worlds differ")
		}
	})
}

// The fullest profile that the lists allow, with its failures, fits.
func TestFullestProfile(t *testing.T) {
	p := new(Profile)
	for l := range level(numLevels) {
		for p.count[l] < caps[l] {
			p.see(l, -1, uint32(p.count[l])+1, 1, heaviest, 7)
		}
	}
	for i := range uint32(maxFailures + 3) {
		p.remember(failure{i, i + 1})
	}
	b, _ := p.MarshalBinary()
	if want := 1018; len(b) != want || len(b) > MaxProfile {
		t.Errorf("%d bytes, want %d", len(b), want)
	}
	if starts[numLevels-1]+caps[numLevels-1] != numEntries {
		t.Error("the lists do not fill the entries")
	}
	for l := 1; l < numLevels; l++ {
		if starts[l] != starts[l-1]+caps[l-1] {
			t.Errorf("list %d begins at %d", l, starts[l])
		}
	}
	if len(p.directions) != int(caps[atPlace]) {
		t.Errorf("%d directions for %d places", len(p.directions), caps[atPlace])
	}
	if got := p.failures; got[0].at < 4 && got[1].at < 4 && got[2].at < 4 {
		t.Errorf("the oldest failures are kept: %v", got)
	}
}
