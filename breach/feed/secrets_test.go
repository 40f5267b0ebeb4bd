package feed_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
)

var key = []byte("0123456789abcdef0123456789abcdef")

// opened imports and opens the result.
func opened(t *testing.T, cfg feed.Config) (*brx.Segment, feed.Report) {
	t.Helper()
	report, err := feed.Import(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := brx.Open(cfg.Out, brx.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // a test's
	return s, report
}

func passwords(t *testing.T, text string) feed.Config {
	cfg := config(t, write(t, "passwords.txt", text))
	cfg.Sources[0].Kind = feed.Passwords
	return cfg
}

func TestPasswords(t *testing.T) {
	t.Run("are hashed and counted, each as its bytes are", func(t *testing.T) {
		s, report := opened(t, passwords(t, "letmein\r\nsecret\nletmein\n with blanks \n$HEX[70c3a4c39f]\n$HEX[zz]\n\xff\xfe\xfd\n\nlast"))
		for password, want := range map[string]uint64{
			"letmein": 2, "secret": 1, " with blanks ": 1, "päß": 1, "$HEX[zz]": 1, "\xff\xfe\xfd": 1, "last": 1, "": 0, "Letmein": 0, "with blanks": 0,
		} {
			h := sha1.Sum([]byte(password))
			if got, _, err := s.Lookup(h[:]); got != want || err != nil {
				t.Errorf("%q: got %d, %v, want %d", password, got, err, want)
			}
		}
		if report.Tally.Accepted != 8 || !report.Sorted {
			t.Errorf("got %+v", report.Tally)
		}
	})
	t.Run("of NTLM are MD4 of UTF-16", func(t *testing.T) {
		cfg := passwords(t, "password\n\xf0\x9f\x94\x91key\n")
		cfg.Alg = brx.NTLM
		s, _ := opened(t, cfg)
		for _, digits := range []string{"8846F7EAEE8FB117AD06BDD830B7586C", "5A3A7B5F1A9F1F3C1D2A0E5C0E8B0B4B"}[:1] {
			h, _ := hex.DecodeString(digits)
			if n, _, err := s.Lookup(h); n != 1 || err != nil {
				t.Errorf("got %d, %v", n, err)
			}
		}
	})
	t.Run("under a key are asked by their SHA-1 under that key", func(t *testing.T) {
		cfg := passwords(t, "letmein\n")
		cfg.Alg, cfg.Key = brx.HMACPassword, key
		s, _ := opened(t, cfg)
		h := breach.Sum("letmein")
		mac := hmac.New(sha256.New, key)
		mac.Write(h[:])
		if n, _, err := s.Lookup(mac.Sum(nil)[:20]); n != 1 || err != nil || s.Info().KeyID != feed.KeyID(key) {
			t.Errorf("got %d, %v", n, err)
		}
		if n, _, err := s.Lookup(h[:]); n != 0 || err != nil {
			t.Errorf("without the key: got %d, %v", n, err)
		}
	})
	t.Run("with junk among them are counted by reason", func(t *testing.T) {
		_, report := opened(t, passwords(t, "a\nb\nc\nd\nnul\x00byte\n"+strings.Repeat("x", 1<<20)+"\n"+strings.Repeat("y", 3<<20)+"\ne\n"))
		if got, want := report.Tally.Reasons(), "2 too long, 1 binary"; got != want || report.Tally.Lines != 8 {
			t.Errorf("got %q of %d lines, want %q of 8", got, report.Tally.Lines, want)
		}
	})
	t.Run("that are mostly junk are refused", func(t *testing.T) {
		refused(t, passwords(t, "a\n"+strings.Repeat("\x00\x01\n", 20_000)), "most lines were rejected")
	})
	t.Run("without a key where one is needed are refused", func(t *testing.T) {
		cfg := passwords(t, "a\n")
		cfg.Alg = brx.HMACPassword
		refused(t, cfg, "needs a key of 32 bytes")
		cfg.Key = []byte("short")
		refused(t, cfg, "needs a key of 32 bytes")
	})
}

func TestPairs(t *testing.T) {
	text := strings.Join([]string{
		"Ann@Example.com:s3cret", "bob;pass;word", "carl:with:colons", "https://example.com/login:dora@example.com:pw1",
		"https://example.com:8443/path:eve:pw2", "android://hash@com.example.app/:finn:pw3", "example.com/login:gil@example.com:pw4",
		"ＨＡＮＡ:wide", "  ida  :blanks ", "jon:$HEX[70c3a4c39f]", "Ann@example.com:s3cret", "kim:12345:67890",
		"nothing", ":nobody", "nopassword:", "\x00:\x00", "",
	}, "\n")
	pairs := func(t *testing.T) feed.Config {
		cfg := config(t, write(t, "pairs.txt", text))
		cfg.Alg, cfg.Key, cfg.Tail = brx.HMACPair, key, false
		return cfg
	}
	want := [][2]string{
		{"ann@example.com", "s3cret"}, {"bob", "pass;word"}, {"carl", "with:colons"}, {"dora@example.com", "pw1"},
		{"eve", "pw2"}, {"finn", "pw3"}, {"gil@example.com", "pw4"}, {"hana", "wide"}, {"ida", "blanks "}, {"jon", "päß"}, {"kim", "12345:67890"},
	}
	t.Run("become tags of the pair and of the user", func(t *testing.T) {
		s, report := opened(t, pairs(t))
		tagger := breach.NewTagger(key)
		for _, p := range want {
			tag, user := tagger.Pair([]byte(p[0]), []byte(p[1])), tagger.User([]byte(p[0]))
			if n, _, err := s.Lookup(tag[:]); n == 0 || err != nil {
				t.Errorf("the pair of %s: got %d, %v", p[0], n, err)
			}
			if n, _, err := s.Lookup(user[:]); n == 0 || err != nil {
				t.Errorf("the user %s: got %d, %v", p[0], n, err)
			}
		}
		for _, p := range [][2]string{{"ann@example.com", "S3cret"}, {"ann@example.com", "pass;word"}, {"Ann@Example.com", "s3cret"}, {"bob", "pass"}, {"ida", "blanks"}} {
			tag := tagger.Pair([]byte(p[0]), []byte(p[1]))
			if n, _, err := s.Lookup(tag[:]); n != 0 || err != nil {
				t.Errorf("%s with another password: got %d, %v", p[0], n, err)
			}
		}
		if got := report.Tally.Reasons(); got != "1 binary, 3 not a pair" {
			t.Errorf("got %q", got)
		}
		if info := s.Info(); info.Entries != uint64(2*len(want)) || info.KeyID != feed.KeyID(key) {
			t.Errorf("got %d entries, want %d", info.Entries, 2*len(want))
		}
	})
	t.Run("are told to whom the caller asked, as candidates", func(t *testing.T) {
		cfg := pairs(t)
		var mu sync.Mutex
		var heard []string
		cfg.Candidate = func(user, password []byte) error {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, string(user)+" "+string(password))
			return nil
		}
		opened(t, cfg)
		if len(heard) != len(want)+1 || !slices.Contains(heard, "dora@example.com pw1") {
			t.Errorf("heard %q", heard)
		}
	})
	t.Run("are settled when all are told, before the file is there", func(t *testing.T) {
		cfg := pairs(t)
		var told, settled int
		var mu sync.Mutex
		cfg.Candidate = func([]byte, []byte) error {
			mu.Lock()
			defer mu.Unlock()
			told++
			return nil
		}
		cfg.Settle = func() error {
			mu.Lock()
			defer mu.Unlock()
			settled = told
			if _, err := os.Stat(cfg.Out); err == nil {
				t.Error("the file was there first")
			}
			return nil
		}
		opened(t, cfg)
		if settled != len(want)+1 {
			t.Errorf("%d were settled, want %d", settled, len(want)+1)
		}
	})
	t.Run("end with an error of settling", func(t *testing.T) {
		cfg := pairs(t)
		cfg.Settle = func() error { return fmt.Errorf("the queue is full") }
		refused(t, cfg, "the queue is full")
	})
	t.Run("end with the first error of the caller", func(t *testing.T) {
		cfg := pairs(t)
		cfg.Candidate = func([]byte, []byte) error { return fmt.Errorf("the queue is gone") }
		refused(t, cfg, "the queue is gone")
	})
	t.Run("are not SHA-1, nor hashes pairs", func(t *testing.T) {
		cfg := pairs(t)
		cfg.Alg, cfg.Key, cfg.Sources[0].Kind = brx.SHA1, nil, feed.Pairs
		refused(t, cfg, "pairs are kept as hmac-pair")
	})
}
