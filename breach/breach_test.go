package breach_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/breach"
)

func ExampleBuiltin() {
	for _, password := range []string{"Password123!", "kX9#fm2vQp-wallaby"} {
		n, _ := breach.Builtin().Count(breach.Sum(password))
		fmt.Println(password, n > 0)
	}
	// Output:
	// Password123! true
	// kX9#fm2vQp-wallaby false
}

func ExampleReadList() {
	list, err := breach.ReadList(strings.NewReader("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179\r\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	n, _ := list.Count(breach.Sum("password"))
	fmt.Println(list.Len(), n)
	// Output: 1 52256179
}

func ExampleUnion() {
	ours, err := breach.ReadList(strings.NewReader("7A54B6F1B06A1B7CA5CA3F9B4F5A3A4CF7D4DA0C:3"))
	if err != nil {
		fmt.Println(err)
		return
	}
	corpus := breach.Union(breach.Builtin(), ours)
	n, err := corpus.Count(breach.Sum("qwerty"))
	fmt.Println(n, err)
	// Output: 1 <nil>
}

func TestHash(t *testing.T) {
	t.Run("is the SHA-1 that the corpora are published in", func(t *testing.T) {
		h := breach.Sum("password")
		if got, want := fmt.Sprintf("%X", h[:]), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("prints as redacted wherever it is printed", func(t *testing.T) {
		h := breach.Sum("password")
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("looked up", "hash", h, "in", struct{ H breach.Hash }{h})
		body, err := json.Marshal(map[string]any{"hash": h})
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{
			fmt.Sprint(h), fmt.Sprintf("%v %+v %#v %s %q %x %X %d", h, h, h, h, h, h, h, h), log.String(), string(body),
		} {
			for _, leak := range []string{"5baa", "5BAA", "91, 170", "91 170", "0x5b"} {
				if strings.Contains(got, leak) {
					t.Errorf("%q shows the hash (%s)", got, leak)
				}
			}
			if !strings.Contains(got, "[redacted]") {
				t.Errorf("got %q, want [redacted] in it", got)
			}
		}
	})
}

// fixed answers the same for every password.
type fixed struct {
	count uint32
	err   error
}

func (f fixed) Count(breach.Hash) (uint32, error) { return f.count, f.err }

func TestUnion(t *testing.T) {
	broken := errors.New("disk gone")
	for _, c := range []struct {
		name string
		of   []breach.Corpus
		want uint32
		err  error
	}{
		{"of nothing knows nothing", nil, 0, nil},
		{"of one is that one", []breach.Corpus{fixed{7, nil}}, 7, nil},
		{"gives the largest count, since lists overlap", []breach.Corpus{fixed{1, nil}, fixed{9, nil}, fixed{3, nil}}, 9, nil},
		{"reports what could not be read", []breach.Corpus{fixed{0, broken}, fixed{0, nil}}, 0, broken},
		{"knows nothing of what an index of it allows", []breach.Corpus{fixed{9, nil}, allowing{}}, 0, nil},
		{"keeps what the others know beside the error", []breach.Corpus{fixed{4, nil}, fixed{0, broken}}, 4, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := breach.Union(c.of...).Count(breach.Sum("any"))
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %d, %v; want %d, %v", got, err, c.want, c.err)
			}
		})
	}
}

// allowing knows nothing and lets everything pass.
type allowing struct{ fixed }

func (allowing) Allows(breach.Hash) bool { return true }

func TestBuiltin(t *testing.T) {
	t.Run("holds what everybody tries first", func(t *testing.T) {
		for _, p := range []string{
			"password", "123456", "qwerty", "letmein", "Password123!", "P@ssw0rd", "P@ssw0rd1!", "Passw0rd!",
			"Qwerty123!", "Welcome1!", "Summer2024!", "Winter@2025", "Admin@123", "1qaz@WSX",
		} {
			if has, err := breach.Builtin().Contains(breach.Sum(p)); !has || err != nil {
				t.Errorf("%s is not in it, %v", p, err)
			}
		}
	})
	t.Run("holds no password that somebody made well", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			p := rapid.StringMatching(`[a-zA-Z0-9]{16}`).Draw(t, "password")
			if has, err := breach.Builtin().Contains(breach.Sum(p)); has || err != nil {
				t.Errorf("%s is in it, %v", p, err)
			}
		})
	})
	t.Run("is whole, and says where it comes from", func(t *testing.T) {
		mounts := breach.Builtin().Mounts()
		if len(mounts) != 1 || mounts[0].Entries < 8000 || mounts[0].Licence != "MIT" {
			t.Errorf("got %+v", mounts)
		}
		if rate := mounts[0].FalsePositiveRate(); rate > 1e-11 {
			t.Errorf("it finds a stranger once in %g", 1/rate)
		}
	})
	t.Run("cannot be closed or changed", func(t *testing.T) {
		if err := breach.Builtin().Close(); err != nil {
			t.Error(err)
		}
		if changed, err := breach.Builtin().Reload(); changed || err != nil {
			t.Errorf("Reload: got %t, %v", changed, err)
		}
		if n, err := breach.Builtin().Count(breach.Sum("password")); n != 1 || err != nil {
			t.Errorf("afterwards: got %d, %v; want 1, nil", n, err)
		}
	})
	t.Run("claims one sighting and no more", func(t *testing.T) {
		if n, err := breach.Builtin().Count(breach.Sum("password")); n != 1 || err != nil {
			t.Errorf("got %d, %v; want 1, nil", n, err)
		}
	})
}
