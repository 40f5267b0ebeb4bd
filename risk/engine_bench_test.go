package risk

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// seasoned is a profile with every list full, a world that has seen many, and an
// attempt of the user's from somewhere new.
func seasoned(tb testing.TB) (*Engine, *Attempt, *Profile, *World) {
	tb.Helper()
	e, err := New(Config{Key: Key{1, 2, 3}})
	if err != nil {
		tb.Fatal(err)
	}
	p, w := new(Profile), NewWorld(WorldConfig{})
	at := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	attempt := func(i int) *Attempt {
		return &Attempt{
			User: "ann", Time: at.Add(time.Duration(i) * 20 * time.Hour),
			Address: netip.AddrFrom4([4]byte{81, byte(i % 40), byte(i), byte(i)}),
			Place: Place{Country: []string{"NO", "SE", "DE", "FR", "GB", "US", "ES", "IT", "DK", "FI"}[i%10], City: fmt.Sprint("city", i%12),
				Lat: 40 + float64(i%12)*2, Lon: float64(i % 12), Located: true, ASN: uint32(2000 + i%14), Network: NetworkFixed},
			Agent:  Agent{Family: []string{"Chrome", "Firefox", "Safari"}[i%3], Major: 120 + i/10, OS: []string{"Windows", "iOS", "Android"}[i%3], Class: "desktop", Hash: uint64(i%16 + 1)},
			Device: Device{Key: fmt.Sprint("device-key-of-some-length-", i%9), Trust: Cookie},
			Zone:   ZoneOf(60),
		}
	}
	for i := range 200 {
		e.Learn(attempt(i), p, w, Passed, Medium)
	}
	a := attempt(205)
	a.Place.ASN, a.Address = 24940, netip.MustParseAddr("203.0.113.9")
	a.Device.Key = "another"
	return e, a, p, w
}

func BenchmarkAssess(b *testing.B) {
	e, a, p, w := seasoned(b)
	b.ReportAllocs()
	for b.Loop() {
		out := e.Assess(a, p, w)
		if out.Scale < 0 {
			b.Fatal("negative")
		}
	}
}

func BenchmarkFeatures(b *testing.B) {
	e, a, p, w := seasoned(b)
	var v Vector
	b.ReportAllocs()
	for b.Loop() {
		e.Features(a, p, w, &v)
	}
}

func BenchmarkLearn(b *testing.B) {
	e, a, p, w := seasoned(b)
	b.ReportAllocs()
	for b.Loop() {
		e.Learn(a, p, w, Success, None)
	}
}

func BenchmarkProfileMarshal(b *testing.B) {
	_, _, p, _ := seasoned(b)
	buf := make([]byte, 0, MaxProfile)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = p.AppendBinary(buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "row-bytes")
}

func BenchmarkProfileUnmarshal(b *testing.B) {
	_, _, p, _ := seasoned(b)
	buf, _ := p.MarshalBinary()
	b.ReportAllocs()
	for b.Loop() {
		if err := p.UnmarshalBinary(buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReplay(b *testing.B) {
	e, a, p, w := seasoned(b)
	b.ReportAllocs()
	for b.Loop() {
		if out := e.Replay(a, p, w, Success); out.Scale < 0 {
			b.Fatal("negative")
		}
	}
}

// grown gives the shipped weights a hundred trees of depth 4 in each channel:
// splits on features against the user, leaves that rise from left to right.
func grown() *Weights {
	w := *DefaultWeights()
	grow := func(first int) (trees []Tree) {
		var against []int
		for i, name := range w.Features {
			f, _ := FeatureNamed(name)
			if info := &FeatureTable[f]; info.Direction > 0 && (first > 0 || info.Channel == IdentityChannel) {
				against = append(against, i)
			}
		}
		for n := range 100 {
			var t Tree
			for at := range 31 {
				f, left, right := -1, 0, 0
				if at < 15 {
					f, left, right = against[(n*7+at*3)%len(against)], 2*at+1, 2*at+2
				}
				t.Feature, t.Left, t.Right = append(t.Feature, f), append(t.Left, left), append(t.Right, right)
				t.Threshold = append(t.Threshold, float32(at%5)/2)
				t.Value = append(t.Value, float32(at%16)/400)
			}
			for leaf := range 16 {
				t.Value[15+leaf] = float32(leaf-8) / 100
			}
			trees = append(trees, t)
		}
		return trees
	}
	w.Identity.Trees, w.Campaign.Trees = grow(0), grow(1)
	return &w
}

func BenchmarkReplayWithTrees(b *testing.B) {
	_, a, p, w := seasoned(b)
	e, err := New(Config{Key: Key{1, 2, 3}, Weights: grown()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if out := e.Replay(a, p, w, Success); out.Scale < 0 {
			b.Fatal("negative")
		}
	}
}
