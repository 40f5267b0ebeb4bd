package breach_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
)

var pairKey = []byte("0123456789abcdef0123456789abcdef")

// pairFolder publishes a list of pairs, user names in canonical form.
func pairFolder(t *testing.T, pairs ...[2]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := publishPairs(dir, pairs...); err != nil {
		t.Fatal(err)
	}
	return dir
}

func publishPairs(dir string, pairs ...[2]string) error {
	tagger := breach.NewTagger(pairKey)
	var tags [][8]byte
	for _, p := range pairs {
		tags = append(tags, tagger.Pair([]byte(p[0]), []byte(p[1])))
	}
	slices.SortFunc(tags, func(a, b [8]byte) int { return bytes.Compare(a[:], b[:]) })
	w, err := brx.Create(filepath.Join(dir, "pairs.brx"), brx.Options{
		Alg: brx.HMACPair, Expected: uint64(max(len(tags), 1)), KeyID: feed.KeyID(pairKey),
	})
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if err := w.Add(tag[:], 1); err != nil {
			return err
		}
	}
	if _, err := w.Finish(); err != nil {
		return err
	}
	_, err = breach.Publish(dir, breach.Mount{Path: "pairs.brx", Role: breach.Pairs})
	return err
}

func knowing(key []byte, err error) breach.Options {
	return breach.Options{Key: func(id [16]byte) ([]byte, error) {
		if err == nil && id != feed.KeyID(pairKey) {
			return nil, errors.New("asked for a key of another id")
		}
		return key, err
	}}
}

func openPairs(t *testing.T, dir string, o breach.Options) *breach.Index {
	t.Helper()
	x, err := breach.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func TestCountPair(t *testing.T) {
	dir := pairFolder(t, [2]string{"ann@example.com", "Tulip-Season-9"}, [2]string{"bob", "hunter2"})
	x := openPairs(t, dir, knowing(pairKey, nil))
	for _, c := range []struct {
		story, user, password string
		want                  uint32
	}{
		{"a pair of the list is known", "ann@example.com", "Tulip-Season-9", 1},
		{"in whatever form the name is written", " ＡＮＮ@Example.COM ", "Tulip-Season-9", 1},
		{"the password is compared as it is", "ann@example.com", "tulip-season-9", 0},
		{"the same password of another user is not", "bob", "Tulip-Season-9", 0},
		{"nobody has an empty name", "  ", "hunter2", 0},
		{"nor does anybody have an endless one", string(bytes.Repeat([]byte("x"), 1<<20)), "hunter2", 0},
	} {
		t.Run(c.story, func(t *testing.T) {
			if n, err := x.CountPair(c.user, c.password); n != c.want || err != nil {
				t.Errorf("got %d, %v, want %d", n, err, c.want)
			}
		})
	}
	t.Run("passwords without their user are none of its business", func(t *testing.T) {
		if n, err := x.Count(breach.Sum("hunter2")); n != 0 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	})
	t.Run("without pairs there is nothing to find", func(t *testing.T) {
		b := breach.Builtin()
		if n, err := b.CountPair("ann", "password"); n != 0 || err != nil || b.HasPairs() || !x.HasPairs() {
			t.Errorf("got %d, %v, HasPairs %v and %v", n, err, b.HasPairs(), x.HasPairs())
		}
	})
	t.Run("a list without its key can be asked by tags, and says so of pairs", func(t *testing.T) {
		for name, o := range map[string]breach.Options{"no keys": {}, "no such key": knowing(nil, breach.ErrNoKey)} {
			x := openPairs(t, dir, o)
			if n, err := x.CountPair("bob", "hunter2"); n != 0 || !errors.Is(err, breach.ErrNoKey) {
				t.Errorf("%s: got %d, %v, want %v", name, n, err, breach.ErrNoKey)
			}
			tag := breach.NewTagger(pairKey).Pair([]byte("bob"), []byte("hunter2"))
			if n, err := x.CountTag(func([16]byte) ([8]byte, bool) { return tag, true }); n != 1 || err != nil {
				t.Errorf("%s: by tag got %d, %v", name, n, err)
			}
		}
	})
	t.Run("a key that cannot be read refuses the index", func(t *testing.T) {
		if x, err := breach.Open(dir, knowing(nil, errors.New("the safe is locked"))); err == nil {
			x.Close() //nolint:errcheck
			t.Error("it was opened")
		}
	})
}

func TestTheTagIsAsItIsWritten(t *testing.T) {
	mac := hmac.New(sha256.New, pairKey)
	mac.Write([]byte("\x01\x00\x03ann\x00\x06secret"))
	if got := breach.NewTagger(pairKey).Pair([]byte("ann"), []byte("secret")); got != [8]byte(mac.Sum(nil)[:8]) {
		t.Errorf("got %x", got)
	}
	mac.Reset()
	mac.Write([]byte("\x02\x00\x03ann"))
	if got := breach.NewTagger(pairKey).User([]byte("ann")); got != [8]byte(mac.Sum(nil)[:8]) {
		t.Errorf("got %x", got)
	}
}

func FuzzCanonicalUser(f *testing.F) {
	for _, s := range []string{"Ann@Example.com", "ＡＮＮ", "İstanbul", " a ", "\xff", "ẛ̣", "Straße"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, user []byte) {
		once := bytes.Clone(breach.CanonicalUser(bytes.Clone(user)))
		if twice := breach.CanonicalUser(bytes.Clone(once)); !bytes.Equal(twice, once) {
			t.Errorf("%q becomes %q, then %q", user, once, twice)
		}
	})
}

// A list of pairs is asked with the name and the password as they were typed.
func ExampleIndex_CountPair() {
	dir, err := os.MkdirTemp("", "pairs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := publishPairs(dir, [2]string{"ann@example.com", "hunter2"}); err != nil {
		fmt.Println(err)
		return
	}
	index, err := breach.Open(dir, breach.Options{
		Key: func([16]byte) ([]byte, error) { return pairKey, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer index.Close()
	fmt.Println(index.CountPair("Ann@Example.com", "hunter2"))
	fmt.Println(index.CountPair("bob@example.com", "hunter2"))
	// Output:
	// 1 <nil>
	// 0 <nil>
}
