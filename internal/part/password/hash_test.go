package password

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// cheap is the least that Argon2id is defined for, so that tests are quick.
var cheap = Params{Memory: 8, Time: 1, Threads: 1}

// The strings come from the test vectors of the reference implementation
// (phc-winner-argon2, src/test.c). RFC 9106's own vector uses a secret and
// associated data, which x/crypto does not offer.
func TestReferenceVectors(t *testing.T) {
	for password, phc := range map[string]string{
		"password":          "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"differentpassword": "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
	} {
		if ok, err := Verify(phc, password); !ok || err != nil {
			t.Errorf("%s: got %v, %v", password, ok, err)
		}
		if ok, err := Verify(phc, password+"x"); ok || err != nil {
			t.Errorf("%s with a tail: got %v, %v", password, ok, err)
		}
	}
}

func TestHashThenVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.String().Draw(t, "password")
		guess := rapid.OneOf(rapid.Just(password), rapid.String()).Draw(t, "guess")
		p := Params{
			Time:    uint32(rapid.IntRange(1, 3).Draw(t, "time")),
			Threads: uint8(rapid.IntRange(1, 3).Draw(t, "threads")),
		}
		p.Memory = uint32(p.Threads) * uint32(rapid.IntRange(8, 32).Draw(t, "memory per lane"))
		phc, err := Hash(rand.Reader, p, password)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(phc, fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$", p.Memory, p.Time, p.Threads)) {
			t.Errorf("the parameters are not in %s", phc)
		}
		if ok, err := Verify(phc, guess); err != nil || ok != (guess == password) {
			t.Errorf("password %q, guess %q: got %v, %v", password, guess, ok, err)
		}
		if p.Outdated(phc) {
			t.Error("outdated at birth")
		}
	})
}

func TestHash(t *testing.T) {
	t.Run("two hashes of one password differ", func(t *testing.T) {
		a, err1 := Hash(rand.Reader, cheap, "password")
		b, err2 := Hash(rand.Reader, cheap, "password")
		if err1 != nil || err2 != nil || a == b {
			t.Errorf("got %s and %s, %v, %v", a, b, err1, err2)
		}
	})
	t.Run("a password is not normalised", func(t *testing.T) {
		phc, err := Hash(rand.Reader, cheap, "\u00e4")
		if err != nil {
			t.Fatal(err)
		}
		if ok, _ := Verify(phc, "a\u0308"); ok {
			t.Error("ä verified as a with a combining diaeresis")
		}
	})
	t.Run("a password is not cut at a null byte", func(t *testing.T) {
		phc, err := Hash(rand.Reader, cheap, "a\x00b")
		if err != nil {
			t.Fatal(err)
		}
		if ok, _ := Verify(phc, "a\x00c"); ok {
			t.Error("what follows a null byte does not count")
		}
	})
	t.Run("parameters out of bounds are refused", func(t *testing.T) {
		for _, p := range []Params{
			{}, {Memory: 8, Time: 1}, {Memory: 8, Threads: 1}, {Memory: 7, Time: 1, Threads: 1}, {Memory: 15, Time: 1, Threads: 2},
			{Memory: MaxMemory + 1, Time: 1, Threads: 1}, {Memory: 64, Time: MaxTime + 1, Threads: 1}, {Memory: 1024, Time: 1, Threads: MaxThreads + 1},
		} {
			if phc, err := Hash(rand.Reader, p, "password"); err == nil || phc != "" {
				t.Errorf("%+v: got %s, %v", p, phc, err)
			}
		}
	})
	t.Run("no salt without randomness", func(t *testing.T) {
		if phc, err := Hash(broken{}, cheap, "password"); err == nil || phc != "" {
			t.Errorf("got %s, %v", phc, err)
		}
	})
}

const (
	someSalt = "c29tZXNhbHQ"
	someKey  = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
)

func TestStoredStringsThatAreRefused(t *testing.T) {
	for name, phc := range map[string]string{
		"empty":                "",
		"plain text":           "password",
		"bcrypt":               "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":              "$argon2i$v=19$m=64,t=1,p=1$" + someSalt + "$" + someKey,
		"the older version":    "$argon2id$v=16$m=64,t=1,p=1$" + someSalt + "$" + someKey,
		"no version":           "$argon2id$m=64,t=1,p=1$" + someSalt + "$" + someKey,
		"a terabyte":           "$argon2id$v=19$m=1073741824,t=1,p=1$" + someSalt + "$" + someKey,
		"just over the bound":  "$argon2id$v=19$m=262145,t=1,p=1$" + someSalt + "$" + someKey,
		"more than 32 bits":    "$argon2id$v=19$m=4294967304,t=1,p=1$" + someSalt + "$" + someKey,
		"a year of passes":     "$argon2id$v=19$m=64,t=4294967295,p=1$" + someSalt + "$" + someKey,
		"no passes":            "$argon2id$v=19$m=64,t=0,p=1$" + someSalt + "$" + someKey,
		"no lanes":             "$argon2id$v=19$m=64,t=1,p=0$" + someSalt + "$" + someKey,
		"lanes that wrap to 1": "$argon2id$v=19$m=4096,t=1,p=257$" + someSalt + "$" + someKey,
		"too little memory":    "$argon2id$v=19$m=7,t=1,p=1$" + someSalt + "$" + someKey,
		"another order":        "$argon2id$v=19$t=1,m=64,p=1$" + someSalt + "$" + someKey,
		"a leading zero":       "$argon2id$v=19$m=064,t=1,p=1$" + someSalt + "$" + someKey,
		"a sign":               "$argon2id$v=19$m=+64,t=1,p=1$" + someSalt + "$" + someKey,
		"an extra parameter":   "$argon2id$v=19$m=64,t=1,p=1,data=AA$" + someSalt + "$" + someKey,
		"no salt":              "$argon2id$v=19$m=64,t=1,p=1$$" + someKey,
		"a short salt":         "$argon2id$v=19$m=64,t=1,p=1$c29tZQ$" + someKey,
		"no key":               "$argon2id$v=19$m=64,t=1,p=1$" + someSalt + "$",
		"a short key":          "$argon2id$v=19$m=64,t=1,p=1$" + someSalt + "$c29tZQ",
		"padding":              "$argon2id$v=19$m=64,t=1,p=1$" + someSalt + "=$" + someKey,
		"another alphabet":     "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbH_$" + someKey,
		"loose last bits":      "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHR$" + someKey,
		"a line feed":          "$argon2id$v=19$m=64,t=1,p=1$c29tZX\nNhbHQ$" + someKey,
		"a field too many":     "$argon2id$v=19$m=64,t=1,p=1$" + someSalt + "$" + someKey + "$",
		"a megabyte":           "$argon2id$v=19$m=64,t=1,p=1$" + someSalt + "$" + strings.Repeat("A", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			ok, err := Verify(phc, "password")
			if ok || err == nil {
				t.Fatalf("got %v, %v", ok, err)
			}
			if strings.Contains(err.Error(), "CTFh") || strings.Contains(err.Error(), "c29t") {
				t.Errorf("the error quotes the hash: %v", err)
			}
			if !cheap.Outdated(phc) {
				t.Error("what cannot be read must be replaced")
			}
		})
	}
}

func TestOutdated(t *testing.T) {
	phc, err := Hash(rand.Reader, cheap, "password")
	if err != nil {
		t.Fatal(err)
	}
	if cheap.Outdated(phc) {
		t.Error("the same parameters are not outdated")
	}
	for _, p := range []Params{{Memory: 16, Time: 1, Threads: 1}, {Memory: 8, Time: 2, Threads: 1}, {Memory: 16, Time: 1, Threads: 2}} {
		if !p.Outdated(phc) {
			t.Errorf("%+v replaces %+v", p, cheap)
		}
	}
	if !cheap.Outdated("$argon2id$v=19$m=8,t=1,p=1$" + someSalt + "$" + someKey) {
		t.Error("a salt of 8 bytes is outdated")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$" + someSalt + "$" + someKey)
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$" + someSalt + "$" + someKey)
	f.Add("$argon2id$$$$")
	f.Fuzz(func(t *testing.T, phc string) {
		r, err := parse(phc)
		if err != nil {
			return
		}
		if r.String() != phc {
			t.Errorf("%q was read as %q", phc, r.String())
		}
		if r.Memory > MaxMemory || r.Time > MaxTime || r.Threads > MaxThreads || len(r.salt) > maxSalt || len(r.key) > maxKey {
			t.Errorf("%q is out of bounds", phc)
		}
	})
}

func TestCalibrate(t *testing.T) {
	// One nanosecond for each KiB and pass.
	machine := func(p Params) time.Duration { return time.Duration(p.Memory) * time.Duration(p.Time) }
	for name, c := range map[string]struct {
		target time.Duration
		memory uint32
		want   Params
	}{
		"memory grows first":            {200_000, 65536, Params{Memory: 65536, Time: 3, Threads: 1}},
		"memory stops at the target":    {80_000, 1 << 20, Params{Memory: 38912, Time: 2, Threads: 1}},
		"a slow machine gets the floor": {1, 65536, DefaultParams()},
		"little memory, more passes":    {1, 10 * 1024, Params{Memory: 9 * 1024, Time: 4, Threads: 1}},
		"never less than the last row":  {1, 1, Params{Memory: 7 * 1024, Time: 5, Threads: 1}},
		"passes are bounded":            {time.Hour, 7 * 1024, Params{Memory: 7 * 1024, Time: MaxTime, Threads: 1}},
		"memory is bounded":             {MaxMemory * 2, 1 << 30, Params{Memory: MaxMemory, Time: 2, Threads: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, seen := calibrate(c.target, c.memory, machine)
			if got != c.want {
				t.Errorf("got %+v, want %+v; measured %+v", got, c.want, seen)
			}
			found := false
			for _, m := range seen {
				found = found || m.Params == got && m.Took == machine(got)
			}
			if !found || got.check() != nil {
				t.Errorf("%+v is not among what was measured: %+v", got, seen)
			}
		})
	}
	t.Run("on the real machine", func(t *testing.T) {
		got, seen := Calibrate(0, 0)
		if got != floors[len(floors)-1] || len(seen) != 1 || seen[0].Took <= 0 {
			t.Errorf("got %+v, %+v", got, seen)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		if _, err := Hash(rand.Reader, DefaultParams(), "password"); err != nil {
			b.Fatal(err)
		}
	}
}
