package breach_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
)

func TestEdition(t *testing.T) {
	list := func(text string) *breach.List {
		l, err := breach.ReadList(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	const one, two = "0123456789ABCDEF0123456789ABCDEF01234567:3\n", "FF23456789ABCDEF0123456789ABCDEF01234567:1\n"
	builtin := breach.EditionOf(breach.Builtin())
	t.Run("equal content is one edition", func(t *testing.T) {
		if a, b := breach.EditionOf(list(one+two)), breach.EditionOf(list(two+one)); a != b || a == 0 {
			t.Errorf("got %d and %d", a, b)
		}
	})
	t.Run("another entry, another count and another corpus are others", func(t *testing.T) {
		seen := map[uint64]string{}
		for name, c := range map[string]breach.Corpus{
			"one": list(one), "one and two": list(one + two), "one, seen more often": list(strings.ReplaceAll(one, ":3", ":4")),
			"built in": breach.Builtin(), "together": breach.Union(breach.Builtin(), list(one)),
			"together otherwise": breach.Union(breach.Builtin(), list(two)),
		} {
			e := breach.EditionOf(c)
			if other, ok := seen[e]; ok || e == 0 || e>>63 != 0 {
				t.Errorf("%s has edition %d, as has %q", name, e, other)
			}
			seen[e] = name
		}
	})
	t.Run("a folder has another after every publishing, and over a restart the same", func(t *testing.T) {
		dir := pairFolder(t, [2]string{"ann", "x"})
		x, again := openPairs(t, dir, breach.Options{}), openPairs(t, dir, breach.Options{})
		before := x.Edition()
		if before != again.Edition() || before == builtin {
			t.Errorf("got %d, then %d", before, again.Edition())
		}
		if _, err := breach.Publish(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Reload(); err != nil || x.Edition() == before {
			t.Errorf("still %d, %v", before, err)
		}
	})
	t.Run("what has no edition makes the whole have none", func(t *testing.T) {
		if e := breach.EditionOf(breach.Union(breach.Builtin(), nameless{})); e != 0 {
			t.Errorf("got %d", e)
		}
	})
}

type nameless struct{}

func (nameless) Count(breach.Hash) (uint32, error) { return 0, nil }
