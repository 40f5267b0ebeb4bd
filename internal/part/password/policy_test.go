package password

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

func TestPolicySaysTheFirstRuleBroken(t *testing.T) {
	const (
		short   = "Password did not conform with policy: Password not long enough"
		long    = "Password did not conform with policy: Password too long"
		upper   = "Password did not conform with policy: Password must have uppercase characters"
		lower   = "Password did not conform with policy: Password must have lowercase characters"
		number  = "Password did not conform with policy: Password must have numeric characters"
		symbol  = "Password did not conform with policy: Password must have symbol characters"
		fine    = ""
		unicode = "äÖ密码🔑"
	)
	for name, c := range map[string]struct{ password, want string }{
		"all kinds":                             {"Passw0rd!", fine},
		"the shortest":                          {"Pass0rd!", fine},
		"one character short":                   {"Pas0rd!", short},
		"empty":                                 {"", short},
		"length before all else":                {"pass", short},
		"upper case before lower":               {"12345678", upper},
		"lower case before number":              {"PASSWORD", lower},
		"number before symbol":                  {"Password", number},
		"symbol last":                           {"Passw0rd", symbol},
		"length in characters, not bytes":       {"Aa1!" + "密码密", short},
		"characters beyond ASCII are allowed":   {"Aa1!" + unicode, fine},
		"É is no upper case letter":             {"passw0rd!É", upper},
		"ß is no lower case letter":             {"PASSW0RD!ß", lower},
		"٣ is no digit":                         {"Password!٣", number},
		"£ is no symbol":                        {"Passw0rd£", symbol},
		"a space within is a symbol":            {"Passw 0rd", fine},
		"a space in front is not":               {" Passw0rd", symbol},
		"a space at the end is not":             {"Passw0rd ", symbol},
		"nor several":                           {"  Passw0rd  ", symbol},
		"a no-break space is not":               {"Passw\u00a00rd", symbol},
		"a null byte is not":                    {"Passw\x000rd", symbol},
		"256 characters":                        {"Aa1!" + strings.Repeat("é", 252), fine},
		"257 characters":                        {"Aa1!" + strings.Repeat("é", 253), long},
		"invalid UTF-8 counts byte by byte":     {"Aa1!\xff\xfe\xfd\xfc", fine},
		"a megabyte is refused by length alone": {strings.Repeat("a", 1<<20), long},
	} {
		t.Run(name, func(t *testing.T) {
			err := Default().Check(c.password)
			got := ""
			if f, ok := fault.As(err); ok {
				got = f.Message
			}
			if got != c.want || (err != nil) != fault.Has(err, fault.InvalidPassword) {
				t.Errorf("%.40q: got %q (%v), want %q", c.password, got, err, c.want)
			}
		})
	}
}

func TestEverySymbolOfCognitoCounts(t *testing.T) {
	for _, r := range "^ $ * . [ ] { } ( ) ? \" ! @ # % & / \\ , > < ' : ; | _ ~ ` = + -" {
		if err := Default().Check("Passw0" + string(r) + "rd"); err != nil {
			t.Errorf("%q: %v", r, err)
		}
	}
	// All of printable ASCII that is neither letter nor digit is in the set.
	for r := rune(' '); r <= '~'; r++ {
		alnum := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if got := Default().Check("Passw0"+string(r)+"rd") == nil; got == alnum {
			t.Errorf("%q as a symbol: %v", r, got)
		}
	}
}

func TestPolicyAsksOnlyWhatItIsTold(t *testing.T) {
	if err := (Policy{}).Check(""); err != nil {
		t.Errorf("the empty policy refused: %v", err)
	}
	for name, p := range map[string]Policy{
		"length": {MinimumLength: 6}, "upper": {Upper: true}, "lower": {Lower: true}, "number": {Number: true}, "symbol": {Symbol: true},
	} {
		if err := p.Check("     "); err == nil {
			t.Errorf("%s alone accepted five spaces", name)
		}
		if err := p.Check("aA1-aA1"); err != nil {
			t.Errorf("%s alone: %v", name, err)
		}
	}
}

func TestTemporary(t *testing.T) {
	t.Run("satisfies its policy and shows every kind", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			p := Policy{
				MinimumLength: rapid.IntRange(0, 99).Draw(t, "minimum"),
				Upper:         rapid.Bool().Draw(t, "upper"),
				Lower:         rapid.Bool().Draw(t, "lower"),
				Number:        rapid.Bool().Draw(t, "number"),
				Symbol:        rapid.Bool().Draw(t, "symbol"),
			}
			got, err := p.Temporary(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Check(got); err != nil {
				t.Errorf("%q: %v", got, err)
			}
			strict := Default()
			strict.MinimumLength = max(12, p.MinimumLength)
			if err := strict.Check(got); err != nil || len(got) != strict.MinimumLength {
				t.Errorf("%q has %d characters, want %d of every kind: %v", got, len(got), strict.MinimumLength, err)
			}
			if i := strings.IndexAny(got, "Il1O0"); i >= 0 {
				t.Errorf("%q has the ambiguous %q", got, got[i])
			}
		})
	})
	t.Run("never exceeds 99 characters", func(t *testing.T) {
		got, err := Policy{MinimumLength: 1000}.Temporary(rand.Reader)
		if err != nil || len(got) != 99 {
			t.Errorf("got %d characters, %v", len(got), err)
		}
	})
	t.Run("draws every character of its alphabet", func(t *testing.T) {
		seen := map[rune]int{}
		for range 400 {
			got, err := Policy{MinimumLength: 99}.Temporary(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range got {
				seen[r]++
			}
		}
		// 39,600 draws from 67: each about 591 times, never beyond 10 deviations.
		for _, r := range temporaryAlphabet {
			if n := seen[r]; n < 350 || n > 830 {
				t.Errorf("%q was drawn %d times, want about 591", r, n)
			}
		}
		if len(seen) != len(temporaryAlphabet) {
			t.Errorf("drew %d different characters, want %d", len(seen), len(temporaryAlphabet))
		}
	})
	t.Run("a source that repeats itself is an error and not an endless loop", func(t *testing.T) {
		for _, b := range []byte{0x00, 0xff} {
			if got, err := Default().Temporary(stuck(b)); err == nil {
				t.Errorf("got %q", got)
			}
		}
	})
	t.Run("a source that ends is an error", func(t *testing.T) {
		if got, err := Default().Temporary(strings.NewReader("short")); err == nil || got != "" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// stuck is a random source that always gives the same byte.
type stuck byte

func (s stuck) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// broken is a random source that fails.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no entropy") }
