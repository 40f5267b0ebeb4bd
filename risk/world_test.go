package risk

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

func TestWorld(t *testing.T) {
	e := engine(t, nil)
	at := time.Unix(1767225600, 0)
	attempt := func(i int) *Attempt {
		return &Attempt{
			User: fmt.Sprint("u", i), Time: at.Add(time.Duration(i) * time.Second), Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}),
			Place: Place{Country: "NO", ASN: 2119}, Agent: Agent{Family: "Chrome", Major: 126, OS: "Windows", Hash: uint64(i%7 + 1)}, Password: 99,
		}
	}
	filled := func() *World {
		w := NewWorld(WorldConfig{Addresses: 1024})
		for i := range 300 {
			e.Learn(attempt(i), nil, w, Outcome(i%2*int(WrongPassword)), None)
		}
		return w
	}
	t.Run("a snapshot read back judges the same, and does not hold passwords", func(t *testing.T) {
		w := filled()
		var b bytes.Buffer
		n, err := w.WriteTo(&b)
		if err != nil || n != int64(b.Len()) {
			t.Fatalf("%d bytes told, %d written: %v", n, b.Len(), err)
		}
		back, err := ReadWorld(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		a := attempt(301)
		a.Password = 0
		if x, y := e.Assess(a, nil, w), e.Assess(a, nil, back); x.Score != y.Score || x.Features != y.Features {
			t.Errorf("score %v before, %v after", x.Score, y.Score)
		}
		a.Password = 99
		if x, y := e.Assess(a, nil, w), e.Assess(a, nil, back); x.Features[Spray] == 0 || y.Features[Spray] != 0 {
			t.Errorf("spray %v before, %v after", x.Features[Spray], y.Features[Spray])
		}
	})
	t.Run("a damaged snapshot is refused", func(t *testing.T) {
		var b bytes.Buffer
		if _, err := filled().WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < b.Len(); i += 13 {
			cut := bytes.Clone(b.Bytes())
			cut[i] ^= 0x10
			for _, data := range [][]byte{cut, b.Bytes()[:i]} {
				if _, err := ReadWorld(bytes.NewReader(data)); !errors.Is(err, ErrWorld) {
					t.Fatalf("at %d of %d: %v", i, b.Len(), err)
				}
			}
		}
	})
	t.Run("its size is fixed and as stated", func(t *testing.T) {
		w := NewWorld(WorldConfig{})
		if got := w.Bytes(); got > 5_900_000 || got < 5_700_000 {
			t.Errorf("%d bytes", got)
		}
		if unsafe.Sizeof(cell{}) != 32 || unsafe.Sizeof(share{}) != 16 || unsafe.Sizeof(attempted{}) != 16 {
			t.Errorf("cells of %d, %d and %d bytes", unsafe.Sizeof(cell{}), unsafe.Sizeof(share{}), unsafe.Sizeof(attempted{}))
		}
		small := NewWorld(WorldConfig{Addresses: 1})
		if len(small.addresses.cells) != leastAddresses {
			t.Errorf("%d addresses", len(small.addresses.cells))
		}
	})
	t.Run("what matters least makes room", func(t *testing.T) {
		w := NewWorld(WorldConfig{Addresses: 1024})
		bad := attempt(1)
		for i := range 50 {
			bad.User = fmt.Sprint("victim", i)
			e.Learn(bad, nil, w, WrongPassword, None)
		}
		for i := range 20000 {
			a := attempt(2)
			a.Address = netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
			e.Learn(a, nil, w, Success, None)
		}
		if got := e.Assess(bad, nil, w); got.Features[AddressOdds] == 0 {
			t.Error("fifty failures were forgotten for twenty thousand single sign-ins")
		}
	})
	t.Run("many may use it at once", func(t *testing.T) {
		w := NewWorld(WorldConfig{Addresses: 1024})
		var g sync.WaitGroup
		for k := range 4 {
			g.Go(func() {
				var p Profile
				for i := range 200 {
					a := attempt(i*4 + k)
					got := e.Assess(a, &p, w)
					e.Learn(a, &p, w, Success, got.Level)
					if i%50 == 0 {
						if _, err := w.WriteTo(&bytes.Buffer{}); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		g.Wait()
	})
	t.Run("a nil world and a nil profile are nobody", func(t *testing.T) {
		got := e.Assess(attempt(1), nil, nil)
		e.Learn(attempt(1), nil, nil, Success, None)
		if !got.Cold || got.Level != None {
			t.Errorf("cold %v, level %v", got.Cold, got.Level)
		}
	})
}

func TestFeedback(t *testing.T) {
	e := engine(t, nil)
	at := time.Unix(1767139200, 0)
	home := &Attempt{User: "ann", Time: at, Address: netip.MustParseAddr("192.0.2.1"), Place: Place{Country: "NO", City: "Oslo", Lat: 59.9, Lon: 10.7, Located: true, ASN: 2119}, Device: Device{Key: "k", Trust: Cookie}}
	thief := &Attempt{User: "ann", Address: netip.MustParseAddr("198.51.100.7"), Place: Place{Country: "RU", City: "Moscow", Lat: 55.7, Lon: 37.6, Located: true, ASN: 12389}, Agent: Agent{Family: "Firefox", Hash: 3}}
	scene := func() (*Profile, *World) {
		p, w := new(Profile), NewWorld(WorldConfig{Addresses: 1024})
		for i := range 8 {
			home.Time = at.AddDate(0, 0, i-8)
			e.Learn(home, p, w, Success, None)
		}
		thief.Time = at
		e.Learn(thief, p, w, Passed, Medium)
		thief.Time = at.Add(time.Minute)
		return p, w
	}
	t.Run("invalid forgets what only that attempt showed, and undo restores it to the byte", func(t *testing.T) {
		p, w := scene()
		before, _ := p.MarshalBinary()
		calm := e.Assess(thief, p, w)
		change := e.Feedback(thief, p, w, Invalid)
		alarmed := e.Assess(thief, p, w)
		if alarmed.Score <= calm.Score+1 || alarmed.Level < Medium {
			t.Errorf("score %v before, %v at %v after", calm.Score, alarmed.Score, alarmed.Level)
		}
		if s := p.Export(); len(s.Networks) != 1 || s.Networks[0].Name != "AS2119" {
			t.Errorf("networks %+v", s.Networks)
		}
		if len(change.Marks) < 6 {
			t.Errorf("marks %+v", change.Marks)
		}
		e.Undo(change, p, w)
		after, _ := p.MarshalBinary()
		if !bytes.Equal(before, after) {
			t.Error("the profile is not what it was")
		}
		if back := e.Assess(thief, p, w); math.Abs(back.Score-calm.Score) > 0.3 {
			t.Errorf("score %v before, %v after undo", calm.Score, back.Score)
		}
	})
	t.Run("valid teaches, and undo takes it back", func(t *testing.T) {
		p, w := scene()
		stranger := *thief
		stranger.Place.ASN, stranger.Place.Country, stranger.Address = 7, "SE", netip.MustParseAddr("203.0.113.5")
		stranger.Place.Located = false
		before := e.Assess(&stranger, p, w)
		change := e.Feedback(&stranger, p, w, Valid)
		taught := e.Assess(&stranger, p, w)
		e.Undo(change, p, w)
		back := e.Assess(&stranger, p, w)
		if taught.Score >= before.Score || back.Score <= taught.Score || math.Abs(back.Score-before.Score) > 0.3 {
			t.Errorf("score %v, taught %v, undone %v", before.Score, taught.Score, back.Score)
		}
	})
	t.Run("undo after more was learned takes back the marks alone", func(t *testing.T) {
		p, w := scene()
		change := e.Feedback(thief, p, w, Invalid)
		home.Time = at.Add(time.Hour)
		e.Learn(home, p, w, Success, None)
		e.Undo(change, p, w)
		x := p.Export()
		if len(x.Networks) != 2 || len(x.Countries) != 2 {
			t.Errorf("networks %+v, countries %+v", x.Networks, x.Countries)
		}
	})
	t.Run("a verdict that is none changes nothing", func(t *testing.T) {
		p, w := scene()
		before, _ := p.MarshalBinary()
		change := e.Feedback(thief, p, w, 0)
		if after, _ := p.MarshalBinary(); !bytes.Equal(before, after) || len(change.Marks) != 0 {
			t.Error("something changed")
		}
	})
}

func TestPolicy(t *testing.T) {
	t.Run("what is not named is as shipped", func(t *testing.T) {
		p, err := ReadPolicy(strings.NewReader(`{"impossibleTravel":{"speedKmh":500},"bruteForce":{"window":"30m"}}`))
		if err != nil || p.ImpossibleTravel.SpeedKmh != 500 || !p.ImpossibleTravel.On || p.BruteForce.Failures != 5 {
			t.Errorf("%+v, %v", p, err)
		}
	})
	for text, want := range map[string]string{
		`{"impossibleTravle":{}}`:                              "unknown field",
		`{"impossibleTravel":{"speedKmh":1}}`:                  "speedKmh",
		`{"bruteForce":{"failures":0}}`:                        "failures",
		`{"bruteForce":{"window":"300h"}}`:                     "window",
		`{"strangeSignIn":"enormous"}`:                         "no level is called",
		`{"levels":[3,2,1]}`:                                   "ascending",
		`{"alwaysBlock":["everything"]}`:                       "everything",
		`{} {}`:                                                "follows",
		`{"credentialStuffing":{"accounts":1000}}`:             "accounts",
		`{"unusualLocation":{"on":true,"baseline":0}}`:         "baseline",
		`{"statisticalAnomaly":{"on":true,"baseline":-1}}`:     "baseline",
		`{"impossibleTravel":{"on":true,"speedKmh":1e999}}`:    "cannot unmarshal",
		`{"networkReputation":{"on":true,"floorTor":"none2"}}`: "no level is called",
	} {
		t.Run(text+" is refused", func(t *testing.T) {
			if _, err := ReadPolicy(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		})
	}
	t.Run("an address always blocked is blocked, though always allowed", func(t *testing.T) {
		e := engine(t, func(p *Policy) {
			p.AlwaysAllow = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
			p.AlwaysBlock = []netip.Prefix{netip.MustParsePrefix("192.0.2.66/32")}
		})
		got := e.Assess(&Attempt{Address: netip.MustParseAddr("::ffff:192.0.2.66")}, nil, nil)
		if _, said := got.Reason(CodeDenied); !got.Blocked || got.Level != High || !said {
			t.Errorf("blocked %v, level %v, said %v", got.Blocked, got.Level, said)
		}
	})
	t.Run("an address always allowed is at none, whatever else", func(t *testing.T) {
		e := engine(t, func(p *Policy) { p.AlwaysAllow = []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")} })
		got := e.Assess(&Attempt{Address: netip.MustParseAddr("2001:db8::1"), Place: Place{Network: NetworkTor}, Agent: Agent{Automation: true}}, nil, nil)
		if got.Level != None {
			t.Errorf("level %v", got.Level)
		}
	})
	t.Run("a policy's own cut points do not reach another engine", func(t *testing.T) {
		_ = engine(t, func(p *Policy) { p.Levels = &[3]float64{-1, 0, 1} })
		if e := engine(t, nil); e.model.cuts[0] != DefaultWeights().Cuts.Low {
			t.Errorf("cut %v", e.model.cuts[0])
		}
	})
	t.Run("a detector that is off is named", func(t *testing.T) {
		e := engine(t, func(p *Policy) { p.NewDevice.On = false })
		if got := e.Assess(&Attempt{}, nil, nil); !got.Off.Has(NewDevice) || got.Off.Has(UnusualHour) {
			t.Errorf("off %b", got.Off)
		}
	})
}

// The vectors of the paper: key and message are 00 01 02 ...
func TestSipHash(t *testing.T) {
	var key Key
	for i := range key {
		key[i] = byte(i)
	}
	h := newHasher(key)
	s := h.start().word(0x0706050403020100).word(0x0f0e0d0c0b0a0908&(1<<56-1) | 15<<56)
	if got := s.sum(); got != 0xa129ca6149be45e5 {
		t.Errorf("SipHash-2-4 of 15 bytes: %#x, want 0xa129ca6149be45e5", got)
	}
	if h.text(kindCity, "Oslo") == h.text(kindCity, "Oslo\x00") || h.text(kindCity, "a") == h.text(kindDevice, "a") {
		t.Error("two names are one")
	}
	if fmt.Sprintf("%v %x %s", key, key, key) != "[redacted] [redacted] [redacted]" {
		t.Error("a key prints")
	}
}

func TestNoAllocation(t *testing.T) {
	e, a, p, w := seasoned(t)
	var v Vector
	buf := make([]byte, 0, MaxProfile)
	for name, f := range map[string]func(){
		"Assess":       func() { out := e.Assess(a, p, w); _ = out.Level },
		"Features":     func() { e.Features(a, p, w, &v) },
		"Learn":        func() { e.Learn(a, p, w, Success, None) },
		"Replay":       func() { out := e.Replay(a, p, w, Success); _ = out.Level },
		"AppendBinary": func() { buf, _ = p.AppendBinary(buf[:0]) },
	} {
		if raceEnabled {
			break // the pool of scratch space drops some of it on purpose
		}
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestSphere(t *testing.T) {
	for _, c := range []struct {
		name                   string
		lat1, lon1, lat2, lon2 float64
		want                   float64
	}{
		{"Oslo to Sydney", 59.91, 10.75, -33.87, 151.21, 15950},
		{"over the pole", 89, 0, 89, 180, 222},
		{"over the date line", 0, 179.5, 0, -179.5, 111},
		{"the same pole by two longitudes", 90, 10, 90, -170, 0},
		{"antipodes", 0, 0, 0, 180, 20015},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, ok1 := spotOf(c.lat1, c.lon1)
			b, ok2 := spotOf(c.lat2, c.lon2)
			got := float64(km(a.direction().chord2(b.direction())))
			if !ok1 || !ok2 || math.Abs(got-c.want) > 2+c.want*0.005 {
				t.Errorf("%v km, want %v", got, c.want)
			}
		})
	}
	for _, bad := range [][2]float64{{90.1, 0}, {0, 180.1}, {math.NaN(), 0}, {0, math.NaN()}, {math.Inf(1), 0}, {0, math.Inf(-1)}} {
		if _, ok := spotOf(bad[0], bad[1]); ok {
			t.Errorf("%v is a place", bad)
		}
	}
}

func TestClock(t *testing.T) {
	if got := seconds(time.Time{}); got != 1 {
		t.Errorf("the year 1 is second %d", got)
	}
	if got := seconds(time.Unix(1<<62, 0)); got != math.MaxUint32 {
		t.Errorf("the end of time is second %d", got)
	}
	for x := float32(0); x < 30; x += 0.01 {
		if got, want := float64(halve(x)), math.Exp2(-float64(x)); math.Abs(got/want-1) > 2e-4 {
			t.Fatalf("halve(%v) is %v, want %v", x, got, want)
		}
	}
	for x := float32(1e-6); x < 1e6; x *= 1.003 {
		if got, want := float64(logf(x)), math.Log(float64(x)); math.Abs(got-want) > 1e-5 {
			t.Fatalf("logf(%v) is %v, want %v", x, got, want)
		}
	}
	if got := logf(float32(math.NaN())); got == got && got > 100 || logf(0) > -80 || logf(-1) > -80 {
		t.Errorf("the logarithm of nothing is %v, of no number %v", logf(0), got)
	}
	if halve(1e9) != 0 || halve(float32(math.NaN())) != 0 {
		t.Error("what is very old or no number is not nothing")
	}
	for _, w := range []float32{0, 1, 2, 3, 17, 4096, 0.25, 0.001} {
		if got := unpackWeight(packWeight(w)); math.Abs(float64(got-w)) > float64(w)/2048 {
			t.Errorf("%v is written as %v", w, got)
		}
	}
}
