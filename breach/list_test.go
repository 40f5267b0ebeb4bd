package breach_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/breach"
)

const (
	password = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8" // "password"
	qwerty   = "B1B3773A05C0ED0176787A4F1574FF0075F7521E" // "qwerty"
)

func TestReadList(t *testing.T) {
	for _, c := range []struct {
		name, text       string
		password, qwerty uint32
	}{
		{"one line", password + ":7", 7, 0},
		{"lower case digits", strings.ToLower(password) + ":7\n", 7, 0},
		{"CRLF", password + ":7\r\n" + qwerty + ":8\r\n", 7, 8},
		{"descending order", qwerty + ":8\n" + password + ":7\n", 7, 8},
		{"a byte order mark", "\xef\xbb\xbf" + password + ":7\n", 7, 0},
		{"no counts", password + "\n" + qwerty + "\n", 1, 1},
		{"blank lines", "\n\n" + password + ":7\n \n\r\n", 7, 0},
		{"duplicates are summed", password + ":7\n" + qwerty + ":8\n" + strings.ToLower(password) + ":5\n", 12, 8},
		{"padding is skipped", password + ":7\n" + qwerty + ":0\n", 7, 0},
		{"a count too large saturates", password + ":99999999999999999999999\n", math.MaxUint32, 0},
		{"a sum too large saturates", password + ":4294967295\n" + password + ":1\n", math.MaxUint32, 0},
	} {
		t.Run("reads "+c.name, func(t *testing.T) {
			list, err := breach.ReadList(iotest.OneByteReader(strings.NewReader(c.text)))
			if err != nil {
				t.Fatal(err)
			}
			for _, ask := range []struct {
				password string
				want     uint32
			}{{"password", c.password}, {"qwerty", c.qwerty}, {"not there", 0}} {
				h := breach.Sum(ask.password)
				if got, err := list.Count(h); got != ask.want || err != nil {
					t.Errorf("Count(%s): got %d, %v; want %d", ask.password, got, err, ask.want)
				}
				if got, want := list.Contains(h), ask.want > 0; got != want {
					t.Errorf("Contains(%s): got %t, want %t", ask.password, got, want)
				}
			}
		})
	}
}

func TestReadListRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an empty list", "", "the list holds no password"},
		{"a list of padding alone", password + ":0\n", "the list holds no password"},
		{"plain passwords", "hunter2\nsecret\n", "line 1: the file looks like plain passwords"},
		{"a plain password further down", password + "\nhunter2\n", "line 2: want 40 hexadecimal digits"},
		{"NTLM hashes", "8846F7EAEE8FB117AD06BDD830B7586C:3\n", "line 1: 32 hexadecimal digits: this is the NTLM form"},
		{"an answer of the range API", password[5:] + ":3\n", "line 1: 35 hexadecimal digits: this is one answer of the range API"},
		{"UTF-16", "\xff\xfe5\x00B\x00", "the file is UTF-16"},
		{"41 digits", password + "0:3\n", "line 1: want 40 hexadecimal digits"},
		{"a colon without a count", password + ":\n", "line 1: want 40"},
		{"a negative count", password + ":-1\n", "line 1: want 40"},
		{"something behind the count", password + ":1 hunter2\n", "line 1: want 40"},
		{"a password behind the hash", password + ":hunter2\n", "line 1: want 40"},
		{"an endless line", password + "\n" + strings.Repeat("a", 1<<20), "line 2: longer than 256 bytes"},
		{"a long line", password + ":" + strings.Repeat("1", 300) + "\n", "line 1: longer than 256 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := breach.ReadList(strings.NewReader(c.text))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			for _, secret := range []string{"hunter2", password[:8], password[8:16], "8846F7"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q repeats the line", err)
				}
			}
		})
	}
	t.Run("and passes on what the reader says", func(t *testing.T) {
		gone := errors.New("disk gone")
		if _, err := breach.ReadList(iotest.ErrReader(gone)); !errors.Is(err, gone) {
			t.Errorf("got %v, want %v", err, gone)
		}
	})
}

func TestOpenList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(password+":7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := breach.OpenList(path)
	if err != nil {
		t.Fatal(err)
	}
	if list.Len() != 1 || !list.Contains(breach.Sum("password")) {
		t.Errorf("got %d entries, want the one of the file", list.Len())
	}
	if _, err := breach.OpenList(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: got %v, want %v", err, os.ErrNotExist)
	}
}

// TestListAgreesWithAMap draws hashes from few first bytes, so that buckets are crowded and duplicates happen.
func TestListAgreesWithAMap(t *testing.T) {
	crowded := rapid.Custom(func(t *rapid.T) breach.Hash {
		var h breach.Hash
		h[0] = rapid.SampledFrom([]byte{0, 1, 0x7f, 0x80, 0xff}).Draw(t, "first")
		h[1] = rapid.ByteRange(0, 2).Draw(t, "second")
		h[19] = rapid.ByteRange(0, 40).Draw(t, "last")
		return h
	})
	rapid.Check(t, func(t *rapid.T) {
		oracle := map[breach.Hash]uint32{}
		var text bytes.Buffer
		for _, h := range rapid.SliceOfN(crowded, 1, 300).Draw(t, "lines") {
			n := rapid.Uint32Range(1, 1000).Draw(t, "count")
			oracle[h] += n
			fmt.Fprintf(&text, "%x:%d\n", h[:], n)
		}
		list, err := breach.ReadList(&text)
		if err != nil {
			t.Fatal(err)
		}
		if list.Len() != len(oracle) {
			t.Fatalf("got %d entries, want %d", list.Len(), len(oracle))
		}
		for h, want := range oracle {
			if got, _ := list.Count(h); got != want {
				t.Fatalf("Count(%x): got %d, want %d", h[:], got, want)
			}
		}
		for _, h := range rapid.SliceOf(crowded).Draw(t, "asked") {
			if got, _ := list.Count(h); got != oracle[h] {
				t.Fatalf("Count(%x): got %d, want %d", h[:], got, oracle[h])
			}
		}
	})
}

func FuzzReadList(f *testing.F) {
	f.Add([]byte(password + ":7\r\n" + qwerty + "\n"))
	f.Add([]byte("\xef\xbb\xbf" + password))
	f.Add([]byte("8846F7EAEE8FB117AD06BDD830B7586C:3"))
	f.Add([]byte("\xff\xfe5\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := breach.ReadList(bytes.NewReader(text))
		if err != nil {
			return
		}
		if list.Len() == 0 || list.Len() > bytes.Count(text, []byte("\n"))+1 {
			t.Errorf("%d entries from %q", list.Len(), text)
		}
	})
}

const million = 1_000_000

func millionLines(sorted bool) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 0, million*44)
	for i := range million {
		high := random.Uint64()
		if sorted {
			high = uint64(i) << 44
		}
		text = fmt.Appendf(text, "%016X%016X%08X:%d\r\n", high, random.Uint64(), random.Uint32(), 1+random.Uint32N(99))
	}
	return text
}

func BenchmarkReadList(b *testing.B) {
	for _, order := range []string{"sorted", "unsorted"} {
		b.Run(order+"/1M", func(b *testing.B) {
			text := millionLines(order == "sorted")
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := breach.ReadList(bytes.NewReader(text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkContains(b *testing.B) {
	text := millionLines(false)
	list, err := breach.ReadList(bytes.NewReader(text))
	if err != nil {
		b.Fatal(err)
	}
	hits := make([]breach.Hash, 1<<16)
	for i, line := range bytes.SplitN(text, []byte("\n"), len(hits)+1)[:len(hits)] {
		if _, err := hex.Decode(hits[i][:], line[:40]); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		flip byte
	}{{"hit", 0}, {"miss", 1}} {
		b.Run(c.name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				h := hits[i&(len(hits)-1)]
				h[19] ^= c.flip
				if list.Contains(h) != (c.flip == 0) {
					b.Fatal("wrong answer")
				}
				i++
			}
		})
	}
}
