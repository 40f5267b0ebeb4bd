package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
)

var update = flag.Bool("update", false, "write the golden files again")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)

// seeded is a reproducible source, locked because rings are used concurrently.
type seeded struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

func newSeeded(seed byte) *seeded {
	return &seeded{rng: rand.NewChaCha8([32]byte{seed})}
}

func (s *seeded) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Read(b)
}

func newMaster(t testing.TB, seed byte) *seal.Master {
	t.Helper()
	m, err := seal.ParseMaster(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newDataKey(t testing.TB, m *seal.Master, seed byte, at time.Time) seal.WrappedKey {
	t.Helper()
	k, err := m.NewDataKey(newSeeded(seed), at)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newRing(t testing.TB, m *seal.Master, keys ...seal.WrappedKey) *seal.Ring {
	t.Helper()
	r, err := m.Ring(newSeeded(99), keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBox(t *testing.T) {
	m := newMaster(t, 1)
	r := newRing(t, m, newDataKey(t, m, 1, noon))

	t.Run("opens for its purpose and place, whatever it holds", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			purpose := rapid.String().Draw(t, "purpose")
			plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
			bind := rapid.SliceOf(rapid.String()).Draw(t, "bind")
			box := r.Seal(purpose, plain, bind...)
			if got, want := len(box), len(plain)+seal.Overhead; got != want {
				t.Fatalf("the box has %d bytes, want %d", got, want)
			}
			got, err := r.Open(purpose, box, bind...)
			if err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("Open = %x, %v; want %x", got, err, plain)
			}
		})
	})

	t.Run("stays shut for any other purpose or place", func(t *testing.T) {
		labels := rapid.SliceOf(rapid.StringN(0, 3, -1))
		rapid.Check(t, func(t *rapid.T) {
			sealed := append([]string{"p"}, labels.Draw(t, "sealed for")...)
			opened := append([]string{"p"}, labels.Draw(t, "opened for")...)
			box := r.Seal(sealed[0], []byte("x"), sealed[1:]...)
			_, err := r.Open(opened[0], box, opened[1:]...)
			if same := slices.Equal(sealed, opened); same != (err == nil) {
				t.Fatalf("sealed for %q, opened for %q: error %v", sealed, opened, err)
			}
		})
	})

	t.Run("keeps apart binds that read the same when joined", func(t *testing.T) {
		box := r.Seal("p", []byte("x"), "ab", "c")
		for _, bind := range [][]string{{"a", "bc"}, {"abc"}, {"ab", "c", ""}, {"", "ab", "c"}, {"c", "ab"}, nil} {
			wantShut(t, r, "p", box, bind...)
		}
		wantShut(t, r, "pab", box, "c")
	})

	t.Run("stays shut when any bit of it flips", func(t *testing.T) {
		box := r.Seal("p", []byte("four"), "pool")
		for i := range len(box) * 8 {
			bent := bytes.Clone(box)
			bent[i/8] ^= 1 << (i % 8)
			wantShut(t, r, "p", bent, "pool")
		}
	})

	t.Run("stays shut when it is shorter or longer", func(t *testing.T) {
		box := r.Seal("p", []byte("four"))
		for n := range box {
			wantShut(t, r, "p", box[:n])
		}
		wantShut(t, r, "p", append(bytes.Clone(box), 0))
	})

	t.Run("stays shut for another key, even one of the same id", func(t *testing.T) {
		box := r.Seal("p", []byte("four"))
		wantShut(t, newRing(t, m, newDataKey(t, m, 3, noon)), "p", box)

		name := bytes.Clone(box[1:9])
		twin, err := m.NewDataKey(io.MultiReader(bytes.NewReader(name), newSeeded(4)), noon)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := twin.ID, hex.EncodeToString(name); got != want {
			t.Fatalf("the twin has id %s, want %s", got, want)
		}
		wantShut(t, newRing(t, m, twin), "p", box)
	})

	t.Run("never looks the same twice", func(t *testing.T) {
		if a, b := r.Seal("p", []byte("x")), r.Seal("p", []byte("x")); bytes.Equal(a, b) {
			t.Errorf("two boxes are both %x", a)
		}
	})
}

func TestRing(t *testing.T) {
	m := newMaster(t, 1)
	older := newDataKey(t, m, 1, noon)
	newer := newDataKey(t, m, 2, noon.Add(time.Microsecond))

	t.Run("seals with the newest key and opens with all", func(t *testing.T) {
		before := newRing(t, m, older)
		after := newRing(t, m, newer, older)
		old := before.Seal("p", []byte("old"))
		if got, err := after.Open("p", old); err != nil || string(got) != "old" {
			t.Errorf("the older box opens to %q, %v", got, err)
		}
		fresh := after.Seal("p", []byte("new"))
		if got := hex.EncodeToString(fresh[1:9]); got != newer.ID {
			t.Errorf("the box names key %s, want the newest, %s", got, newer.ID)
		}
		wantShut(t, before, "p", fresh)
	})

	t.Run("derives the same bytes after a key was added, and other bytes for other labels", func(t *testing.T) {
		before, after := newRing(t, m, older), newRing(t, m, newer, older)
		got, want := after.Derive("salt", "pool", "ann"), before.Derive("salt", "pool", "ann")
		if !bytes.Equal(got, want) || len(got) != 32 {
			t.Errorf("Derive = %x, want the 32 bytes %x", got, want)
		}
		for _, other := range [][]string{{"pool", "bob"}, {"poolann"}, {"pool"}, {"pool", "ann", ""}} {
			if bytes.Equal(after.Derive("salt", other...), want) {
				t.Errorf("Derive of %q equals that of pool, ann", other)
			}
		}
	})

	t.Run("survives the database, which keeps microseconds in some time zone", func(t *testing.T) {
		stored := older
		stored.CreatedAt = time.UnixMicro(older.CreatedAt.UnixMicro()).In(time.FixedZone("", 3600))
		newRing(t, m, stored)
	})

	t.Run("names the master that a key was wrapped by", func(t *testing.T) {
		other := newMaster(t, 2)
		_, err := other.Ring(nil, []seal.WrappedKey{older})
		if !errors.Is(err, seal.ErrOtherMaster) || !strings.Contains(err.Error(), m.ID()) || !strings.Contains(err.Error(), other.ID()) {
			t.Errorf("Ring = %v, want an error that names %s and %s", err, m.ID(), other.ID())
		}
	})

	t.Run("refuses keys that were edited, twice or missing", func(t *testing.T) {
		refused := map[string][]seal.WrappedKey{
			"none":              nil,
			"twice":             {older, older},
			"another time":      {edit(older, func(k *seal.WrappedKey) { k.CreatedAt = noon.Add(time.Hour) })},
			"another id":        {edit(older, func(k *seal.WrappedKey) { k.ID = newer.ID })},
			"an id not in hex":  {edit(older, func(k *seal.WrappedKey) { k.ID = "x" })},
			"another key's box": {edit(older, func(k *seal.WrappedKey) { k.Box = newer.Box })},
			"an empty box":      {edit(older, func(k *seal.WrappedKey) { k.Box = nil })},
		}
		for name, keys := range refused {
			if _, err := m.Ring(nil, keys); err == nil {
				t.Errorf("%s: Ring accepts it", name)
			}
		}
	})

	t.Run("is shared by goroutines", func(t *testing.T) {
		r := newRing(t, m, older, newer)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					if _, err := r.Open("p", r.Seal("p", []byte("x"))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// The bytes on disk are a promise: a build that cannot make or read these
// cannot read the databases that exist.
func TestTheFormatStays(t *testing.T) {
	m := newMaster(t, 7)
	k := newDataKey(t, m, 7, noon)
	r, err := m.Ring(newSeeded(8), []seal.WrappedKey{k})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join([]string{
		"master id   " + m.ID(),
		"data key id " + k.ID,
		"wrapped key " + hex.EncodeToString(k.Box),
		"box         " + hex.EncodeToString(r.Seal("totp secret", []byte("attack at dawn"), "eu-west-1_abc", "sub")),
		"derived     " + hex.EncodeToString(r.Derive("salt", "eu-west-1_abc", "ann")),
	}, "\n") + "\n"
	golden := filepath.Join("testdata", "v1.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func wantShut(t testing.TB, r *seal.Ring, purpose string, box []byte, bind ...string) {
	t.Helper()
	if got, err := r.Open(purpose, box, bind...); !errors.Is(err, seal.ErrOpen) || got != nil {
		t.Errorf("Open(%q, %x, %q) = %x, %v; want nothing and ErrOpen", purpose, box, bind, got, err)
	}
}

func edit(k seal.WrappedKey, change func(*seal.WrappedKey)) seal.WrappedKey {
	change(&k)
	return k
}
