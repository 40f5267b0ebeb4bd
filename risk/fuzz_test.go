package risk

import (
	"bytes"
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func FuzzProfile(f *testing.F) {
	e := engine(f, nil)
	p := new(Profile)
	f.Add([]byte(nil))
	for i := range 12 {
		a := &Attempt{
			Time: time.Unix(1767225600+int64(i)*90000, 0), Address: netip.AddrFrom4([4]byte{192, 0, byte(i), 1}),
			Place: Place{Country: "NO", City: "Oslo", Lat: 60, Lon: 10 + float64(i), Located: true, ASN: uint32(i + 1)},
			Agent: Agent{Family: "Chrome", Major: 120 + i, Hash: uint64(i)}, Device: Device{Key: string(rune('a' + i)), Trust: Cookie},
		}
		e.Learn(a, p, nil, Passed, None)
		e.Learn(a, p, nil, Outcome(3+i%3), None)
		b, _ := p.MarshalBinary()
		f.Add(b)
		f.Add(sealed(b[:len(b)/2]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, b := range [][]byte{data, sealed(data)} { // past the checksum too
			var p Profile
			if err := p.UnmarshalBinary(b); err != nil {
				if !p.Lost() || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
					t.Fatalf("error %v, lost %v", err, p.Lost())
				}
			}
			a := &Attempt{Time: time.Unix(1800000000, 0), Address: netip.MustParseAddr("192.0.2.1"), Place: Place{Country: "NO", Lat: 60, Lon: 10, Located: true, ASN: 1}}
			if got := e.Assess(a, &p, nil); math.IsNaN(got.Score) || math.IsInf(got.Score, 0) {
				t.Fatalf("score %v", got.Score)
			}
			e.Learn(a, &p, nil, Passed, None)
			p.Export()
			again, _ := p.MarshalBinary()
			var q Profile
			if err := q.UnmarshalBinary(again); err != nil || len(again) > MaxProfile {
				t.Fatalf("written in %d bytes, then refused: %v", len(again), err)
			}
		}
	})
}

// sealed gives bytes the head and checksum that let them in.
func sealed(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) < profileFixed {
		return b
	}
	b[0], b[1], b[2], b[3] = 'G', 'R', profileVersion, b[3]&1
	sum := checksum(b)
	b[4], b[5], b[6], b[7] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	return b
}

func FuzzWorld(f *testing.F) {
	e := engine(f, nil)
	w := NewWorld(WorldConfig{Addresses: 1024})
	write := func() []byte {
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	f.Add(write())
	a := &Attempt{User: "ann", Time: time.Unix(1767225600, 0), Address: netip.MustParseAddr("192.0.2.1"), Place: Place{Country: "NO", ASN: 1}}
	e.Learn(a, nil, w, Success, None)
	e.Learn(a, nil, w, WrongPassword, None)
	f.Add(write())
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := ReadWorld(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrWorld) {
				t.Fatal(err)
			}
			return
		}
		if got := e.Assess(a, nil, w); math.IsNaN(got.Score) {
			t.Fatal("score is NaN")
		}
	})
}

func FuzzWeights(f *testing.F) {
	f.Add(shipped)
	f.Add(strings.Replace(shipped, `"version": 1`, `"version": 2`, 1))
	f.Add(withTrees)
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ReadWeights(strings.NewReader(text))
		if err != nil {
			return
		}
		e, err := New(Config{Weights: w})
		if err != nil {
			t.Fatalf("read and then refused: %v", err)
		}
		if got := e.Assess(&Attempt{Time: time.Unix(1767225600, 0)}, nil, nil); math.IsNaN(got.Score) || got.Level != e.model.level(got.Score) {
			t.Fatalf("score %v, level %v", got.Score, got.Level)
		}
	})
}

func FuzzPolicy(f *testing.F) {
	f.Add(`{"impossibleTravel":{"on":true,"speedKmh":500,"minKm":100,"floor":"low","floorStrange":"high"}}`)
	f.Add(`{"alwaysBlock":["192.0.2.0/24"],"levels":[-5,-4,-1]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPolicy(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err := New(Config{Policy: &p}); err != nil {
			t.Fatalf("read and then refused: %v", err)
		}
	})
}

// FuzzAttempt is about the strings and numbers that come from strangers.
func FuzzAttempt(f *testing.F) {
	e := engine(f, nil)
	f.Add("ann", "NO", "Oslo", "key", "Chrome", 59.9, 10.7, 20.0, int64(1767225600), uint32(2119), 126, []byte{192, 0, 2, 1})
	f.Add("", "\xff", strings.Repeat("x", 5000), strings.Repeat("k", 5000), "", math.NaN(), math.Inf(1), -1.0, int64(math.MinInt64), uint32(0), -1, []byte(nil))
	f.Fuzz(func(t *testing.T, user, country, city, key, family string, lat, lon, radius float64, at int64, asn uint32, major int, addr []byte) {
		a := &Attempt{
			User: user, Time: time.Unix(at, 0), Place: Place{Country: country, City: city, Lat: lat, Lon: lon, RadiusKm: radius, Located: true, ASN: asn, Network: Network(asn % 9)},
			Agent: Agent{Family: family, Major: major, OS: city, Hash: uint64(asn)}, Device: Device{Key: key, Trust: Trust(asn % 4)},
		}
		a.Address, _ = netip.AddrFromSlice(addr)
		p, w := new(Profile), NewWorld(WorldConfig{Addresses: 1024})
		e.Learn(a, p, w, SignedUp, None)
		a.Time = a.Time.Add(time.Hour)
		a.Place.Lat, a.Place.Lon = -lat, lon+90
		got := e.Assess(a, p, w)
		if math.IsNaN(got.Score) || got.Level != e.model.level(got.Score) {
			t.Fatalf("score %v, level %v", got.Score, got.Level)
		}
		for _, r := range got.Reasons() {
			if text := r.Text(); len(text) > 400 || strings.ContainsAny(text, "\n\r") {
				t.Fatalf("reason %q", text)
			}
		}
		e.Undo(e.Feedback(a, p, w, Invalid), p, w)
	})
}
