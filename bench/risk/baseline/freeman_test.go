package baseline

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Three sign-ins of two users. Values of a level are numbered from 1.
var (
	home   = Observation{1, 1, 1, 1, 1, 1, 1}
	office = Observation{2, 1, 1, 1, 1, 1, 1} // another address of the same network
	other  = Observation{3, 2, 2, 2, 2, 2, 1} // another country, another browser
)

func seen() *Freeman {
	f := NewFreeman()
	f.Learn(0, &home)
	f.Learn(0, &office)
	f.Learn(1, &other)
	return f
}

func TestFreeman(t *testing.T) {
	const (
		full, browser, system, class = .5386653840551359, .2680451498625666, .18818295100109536, .0051065150812021525
	)
	for _, c := range []struct {
		name string
		user int
		o    Observation
		s    float64 // without the prior
	}{
		// N = 3. Addresses: M = 1 + 2 networks + 2 countries = 5. Agents: M = 1 + 2 + 2 + 1 = 6.
		{"the user at home", 0, home,
			(.6*(1./3)*(1-5./8) + .3*2/3 + .1*2/3) / (.6/2 + .3 + .1) *
				((full*2/3*(1-6./9) + browser*2/3 + system*2/3 + class) / 1)},
		{"a new address of a known network", 0, Observation{9, 1, 1, 1, 1, 1, 1},
			(.6/8 + .3*2/3 + .1*2/3) / (.3 + .1) *
				((full*2/3*(1-6./9) + browser*2/3 + system*2/3 + class) / 1)},
		{"all of the address is new, and so counts four", 0, Observation{3, 2, 2, 1, 1, 1, 1},
			4 * (full*2/3*(1-6./9) + browser*2/3 + system*2/3 + class)},
		{"an agent of which only the class is known", 0, Observation{1, 1, 1, 8, 8, 8, 1},
			(.6*(1./3)*(1-5./8) + .3*2/3 + .1*2/3) / (.6/2 + .3 + .1) *
				((full/9 + class) / class)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := seen()
			plain, prior := f.Score(c.user, &c.o)
			if want := math.Log(c.s); math.Abs(plain-want) > 1e-12 {
				t.Errorf("got %v, want %v", plain, want)
			}
			// N = 3 over two users, two of the sign-ins are this user's.
			if want := math.Log(c.s * 3 / (2 * 2)); math.Abs(prior-want) > 1e-12 {
				t.Errorf("with the prior got %v, want %v", prior, want)
			}
		})
	}
	t.Run("of a user without history nothing is said", func(t *testing.T) {
		if plain, prior := seen().Score(7, &home); !math.IsInf(plain, 1) || !math.IsInf(prior, 1) {
			t.Errorf("got %v and %v, want +Inf", plain, prior)
		}
	})
	t.Run("a score teaches nothing", func(t *testing.T) {
		f := seen()
		before, _ := f.Score(0, &other)
		for range 10 {
			f.Score(0, &other)
		}
		if after, _ := f.Score(0, &other); before != after {
			t.Errorf("got %v after %v", after, before)
		}
	})
}

func TestSimple(t *testing.T) {
	f := seen()
	for _, c := range []struct {
		user int
		o    Observation
		want float64
	}{{0, home, 0}, {0, other, 6}, {1, home, 6}, {0, Observation{9, 1, 1, 9, 1, 1, 1}, 2}, {5, home, 7}} {
		if got := f.Simple(c.user, &c.o); got != c.want {
			t.Errorf("user %d, %v: got %v, want %v", c.user, c.o, got, c.want)
		}
	}
}

func TestScoresAreFinite(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) Observation {
		var o Observation
		for l := range o {
			o[l] = uint64(rapid.IntRange(0, 3).Draw(t, "value"))
		}
		return o
	})
	rapid.Check(t, func(t *rapid.T) {
		f := NewFreeman()
		for i, o := range rapid.SliceOfN(draw, 1, 40).Draw(t, "history") {
			f.Learn(i%3, &o)
		}
		o := draw.Draw(t, "attempt")
		plain, prior := f.Score(0, &o)
		if math.IsNaN(plain+prior) || math.IsInf(plain+prior, 0) {
			t.Fatalf("scores %v and %v", plain, prior)
		}
		if n := f.Simple(0, &o); n < 0 || n > float64(Levels) {
			t.Fatalf("%v new values", n)
		}
	})
}
