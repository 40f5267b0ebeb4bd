package breach_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// crowd makes n hashes, of which about half are those of every other crowd, with counts that tell the seed.
func crowd(n int, seed uint64) []brx.Entry {
	all := map[[20]byte]uint64{}
	for i, r := range []*rand.Rand{rand.New(rand.NewPCG(0, 0)), rand.New(rand.NewPCG(seed, 1))} {
		for range n / 2 {
			var h [20]byte
			binary.BigEndian.PutUint64(h[:], r.Uint64())
			binary.BigEndian.PutUint64(h[8:], r.Uint64())
			all[h] = seed*1000 + uint64(i)
		}
	}
	entries := make([]brx.Entry, 0, len(all))
	for h, c := range all {
		entries = append(entries, brx.Entry{Hash: h, Count: c})
	}
	return entries
}

func segmentOf(t testing.TB, o brx.Options, all []brx.Entry) *brx.Segment {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.brx")
	o.Alg, o.Expected = brx.SHA1, uint64(len(all))
	writeSegment(t, path, o, all)
	return openSegment(t, path)
}

func openSegment(t testing.TB, path string) *brx.Segment {
	t.Helper()
	s, err := brx.Open(path, brx.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func contents(t testing.TB, s *brx.Segment) map[[20]byte]uint64 {
	t.Helper()
	all := map[[20]byte]uint64{}
	for e, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		all[e.Hash] = e.Count
	}
	return all
}

func TestMerge(t *testing.T) {
	ctx := context.Background()
	lists := [][]brx.Entry{crowd(3000, 3), crowd(5000, 2), crowd(10, 1), nil}
	var whole, cut []*brx.Segment
	for _, l := range lists {
		whole = append(whole, segmentOf(t, brx.Options{Tail: true}, l))
		cut = append(cut, segmentOf(t, brx.Options{}, l))
	}
	for rule, name := range map[breach.Rule]string{breach.Replace: "replaces counts, the newest first", breach.Add: "adds counts"} {
		t.Run(name, func(t *testing.T) {
			want := map[[20]byte]uint64{}
			for _, l := range lists {
				for _, e := range l {
					if rule == breach.Add || want[e.Hash] == 0 {
						want[e.Hash] += e.Count
					}
				}
			}
			path := filepath.Join(t.TempDir(), "merged.brx")
			info, err := breach.Merge(ctx, path, brx.Options{Tail: true}, rule, whole...)
			if err != nil || info.Entries != uint64(len(want)) {
				t.Fatalf("got %d entries, %v; want %d", info.Entries, err, len(want))
			}
			merged := openSegment(t, path)
			if err := merged.Verify(ctx, nil); err != nil {
				t.Error(err)
			}
			got := contents(t, merged)
			for h, n := range want {
				if got[h] != n {
					t.Fatalf("got %d, want %d", got[h], n)
				}
			}
		})
	}
	t.Run("of segments without a tail finds what they find", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "merged.brx")
		mixed := []*brx.Segment{cut[0], whole[1], cut[2]}
		if _, err := breach.Merge(ctx, path, brx.Options{}, breach.Replace, mixed...); err != nil {
			t.Fatal(err)
		}
		merged := openSegment(t, path)
		if err := merged.Verify(ctx, nil); err != nil {
			t.Error(err)
		}
		for _, l := range lists[:3] {
			for _, e := range l {
				if _, found, err := merged.Lookup(e.Hash[:]); !found || err != nil {
					t.Fatalf("got %t, %v", found, err)
				}
			}
		}
	})
	t.Run("makes no tail where none was", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "merged.brx")
		if _, err := breach.Merge(ctx, path, brx.Options{Tail: true}, breach.Replace, whole[0], cut[1]); !errors.Is(err, brx.ErrNoTail) {
			t.Errorf("got %v, want %v", err, brx.ErrNoTail)
		}
		if _, err := breach.Merge(ctx, path, brx.Options{Expected: 1 << 30}, breach.Replace, cut[0], cut[1]); err == nil {
			t.Error("more bits than the segments know: got no error")
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("left something behind: %v", err)
		}
	})
	t.Run("of different hashes is refused", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ntlm.brx")
		writeSegment(t, path, brx.Options{Alg: brx.NTLM}, nil)
		if _, err := breach.Merge(ctx, path+"2", brx.Options{}, breach.Replace, whole[0], openSegment(t, path)); !errors.Is(err, breach.ErrUnlike) {
			t.Errorf("got %v, want %v", err, breach.ErrUnlike)
		}
		if _, err := breach.Merge(ctx, path+"2", brx.Options{}, breach.Replace); !errors.Is(err, breach.ErrUnlike) {
			t.Errorf("of nothing: got %v, want %v", err, breach.ErrUnlike)
		}
	})
	t.Run("that is given up leaves nothing", func(t *testing.T) {
		ctx, stop := context.WithCancel(ctx)
		stop()
		dir := t.TempDir()
		if _, err := breach.Merge(ctx, filepath.Join(dir, "merged.brx"), brx.Options{Tail: true}, breach.Add, whole...); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestDiff(t *testing.T) {
	older := seen{"stays": 3, "grows": 4, "grows a bit": 9, "goes": 5}
	newer := seen{"stays": 3, "grows": 400, "grows a bit": 10, "comes": 6}
	name := map[[20]byte]string{}
	for _, s := range []seen{older, newer} {
		for p := range s {
			name[breach.Sum(p)] = p
		}
	}
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		o    brx.Options
		want map[string]string
	}{
		{"exact", brx.Options{Tail: true}, map[string]string{"grows": "4 400", "grows a bit": "9 10", "goes": "5 0", "comes": "0 6"}},
		{"floors", brx.Options{}, map[string]string{"grows": "4 256", "goes": "4 0", "comes": "0 4"}},
	} {
		t.Run("tells what changed: "+c.name, func(t *testing.T) {
			a := openSegment(t, filepath.Join(dir, older.segment(t, dir, c.name+"a", c.o)))
			b := openSegment(t, filepath.Join(dir, newer.segment(t, dir, c.name+"b", c.o)))
			got := map[string]string{}
			for d, err := range breach.Diff(context.Background(), a, b) {
				if err != nil {
					t.Fatal(err)
				}
				for h, p := range name {
					if string(h[:5]) == string(d.Hash[:5]) {
						got[p] = fmt.Sprint(d.Before, d.After)
					}
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestTop(t *testing.T) {
	s := seen{}
	for i := range 500 {
		s[fmt.Sprint(i)] = uint64(i + 1)
	}
	dir := t.TempDir()
	segment := openSegment(t, filepath.Join(dir, s.segment(t, dir, "a.brx", brx.Options{Tail: true})))
	for _, n := range []int{0, 1, 10, 500, 1000} {
		top, err := breach.Top(context.Background(), segment, n)
		if err != nil || len(top) != min(n, 500) {
			t.Fatalf("got %d entries, %v; want %d", len(top), err, min(n, 500))
		}
		for i, e := range top {
			if want := breach.Sum(fmt.Sprint(499 - i)); e.Hash != want || e.Count != uint64(500-i) {
				t.Fatalf("place %d of %d: got count %d, want %d", i, n, e.Count, 500-i)
			}
		}
	}
}

func TestIndexRange(t *testing.T) {
	dir := t.TempDir()
	o := brx.Options{Tail: true}
	base := breach.Mount{Path: seen{"password": 10, "qwerty": 7}.segment(t, dir, "base.brx", o), Role: breach.Base, Public: true}
	publish(t, dir, base)
	x := openIndex(t, dir, breach.Options{})
	const suffix = "1E4C9B93F3F0682250B6CF8331B7EE68FD8" // of "password", behind 5BAA6
	ask := func(t *testing.T, want string) {
		t.Helper()
		got, lines, err := x.Range([]byte("head:"), brx.SHA1, 0x5BAA6)
		if string(got) != "head:"+want || lines != strings.Count(want, "\n") || err != nil {
			t.Errorf("got %q, %d lines, %v; want %q", got, lines, err, want)
		}
	}
	republish := func(t *testing.T, mounts ...breach.Mount) {
		t.Helper()
		publish(t, dir, mounts...)
		if _, err := x.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("answers from one segment", func(t *testing.T) { ask(t, suffix+":10\r\n") })
	delta := breach.Mount{Path: seen{"password": 12, "new": 1}.segment(t, dir, "delta.brx", o), Role: breach.Delta, Public: true}
	t.Run("answers from several", func(t *testing.T) {
		republish(t, delta, base)
		ask(t, suffix+":12\r\n")
	})
	own := breach.Mount{Path: seen{"password": 100}.segment(t, dir, "own.brx", o), Role: breach.Operator}
	t.Run("never from a private one", func(t *testing.T) {
		republish(t, own, base)
		ask(t, suffix+":10\r\n")
	})
	t.Run("adds an operator's public list", func(t *testing.T) {
		own.Public = true
		republish(t, own, delta, base)
		ask(t, suffix+":112\r\n")
	})
	t.Run("is refused without a tail, or without a public segment", func(t *testing.T) {
		bare := breach.Mount{Path: seen{"password": 12}.segment(t, dir, "bare.brx", brx.Options{}), Role: breach.Delta, Public: true}
		republish(t, bare, base)
		if _, _, err := x.Range(nil, brx.SHA1, 0x5BAA6); !errors.Is(err, breach.ErrNotServed) {
			t.Errorf("got %v, want %v", err, breach.ErrNotServed)
		}
		if _, _, err := x.Range(nil, brx.NTLM, 0x5BAA6); !errors.Is(err, breach.ErrNotServed) {
			t.Errorf("NTLM: got %v, want %v", err, breach.ErrNotServed)
		}
	})
}
