package main

import (
	"testing"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
	"github.com/gatehouse-id/gatehouse/risk"
)

// lived plays a world of people who come daily and gives the attempts of its
// last part, after a year has filled the profiles.
func lived(tb testing.TB) (*subject, []risk.Attempt, []*risk.Profile) {
	tb.Helper()
	w, err := world.New("daily", 511)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := newSubject(nil, w.Params().Users, false)
	if err != nil {
		tb.Fatal(err)
	}
	var attempts []risk.Attempt
	var accounts []int
	for e := range w.Events() {
		a := s.attempt(e)
		if e.Result == "success" && e.Account >= 0 && e.History > 150 {
			attempts, accounts = append(attempts, a), append(accounts, e.Account)
		}
		if !e.Probe {
			s.learn(e, &a, risk.None)
		}
	}
	if extra := len(attempts) - 20000; extra > 0 {
		attempts, accounts = attempts[extra:], accounts[extra:]
	}
	profiles := make([]*risk.Profile, len(accounts))
	for i, account := range accounts {
		profiles[i] = &s.profiles[account]
	}
	return s, attempts, profiles
}

// BenchmarkAttempt is what an attempt costs from its features to its level, with
// profiles as people fill them in a year and everything in memory; no address is
// looked up. Half of the attempts are attacks.
func BenchmarkAttempt(b *testing.B) {
	s, attempts, profiles := lived(b)
	b.Run("assess", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			i = (i + 1) % len(attempts)
			if out := s.engine.Assess(&attempts[i], profiles[i], s.world); out.Scale > 1000 {
				b.Fatal("scale above 1000")
			}
		}
	})
	b.Run("features", func(b *testing.B) {
		b.ReportAllocs()
		var v risk.Vector
		i := 0
		for b.Loop() {
			i = (i + 1) % len(attempts)
			s.engine.Features(&attempts[i], profiles[i], s.world, &v)
		}
	})
	b.Run("learn", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		p := *profiles[0]
		for b.Loop() {
			i = (i + 1) % len(attempts)
			s.engine.Learn(&attempts[i], &p, s.world, risk.Success, risk.None)
		}
	})
	b.Run("profile from and to bytes", func(b *testing.B) {
		b.ReportAllocs()
		buf := make([]byte, 0, risk.MaxProfile)
		var p risk.Profile
		i := 0
		for b.Loop() {
			i = (i + 1) % len(profiles)
			buf, _ = profiles[i].AppendBinary(buf[:0])
			if err := p.UnmarshalBinary(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestJudgingDoesNotAllocate(t *testing.T) {
	s, attempts, profiles := lived(t)
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		i = (i + 1) % len(attempts)
		s.engine.Assess(&attempts[i], profiles[i], s.world)
	}); n > 0 {
		t.Errorf("%v allocations per attempt", n)
	}
}

func TestEveryProfileFits(t *testing.T) {
	for _, variant := range []string{"daily", "roaming", "staff"} {
		w, err := world.New(variant, 512)
		if err != nil {
			t.Fatal(err)
		}
		p := w.Params()
		p.Users, p.Rate = 60, 400 // a visit a day and more, for those who are never at home
		if w, err = world.Make(p, 512); err != nil {
			t.Fatal(err)
		}
		s, err := newSubject(nil, p.Users, false)
		if err != nil {
			t.Fatal(err)
		}
		for e := range w.Events() {
			if a := s.attempt(e); !e.Probe {
				s.learn(e, &a, risk.None)
			}
		}
		mean, largest, err := s.sizes()
		if err != nil || largest > risk.MaxProfile || largest < 500 {
			t.Errorf("%s: profiles of %.0f bytes on average, %d at most (%v); want the largest between 500 and %d", variant, mean, largest, err, risk.MaxProfile)
		}
	}
}
