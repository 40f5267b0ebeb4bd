package feed

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

func FuzzHex8(f *testing.F) {
	for _, s := range []string{"0123abCD", "0123abCG", "ffffFFFF", "/:@G`g09", "\x80\xff123456"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) != 8 {
			return
		}
		var want [4]byte
		_, err := hex.Decode(want[:], text)
		got, ok := hex8(text)
		if ok != (err == nil) {
			t.Fatalf("%q: got ok %t, the standard library says %v", text, ok, err)
		}
		if number := uint32(want[0])<<24 | uint32(want[1])<<16 | uint32(want[2])<<8 | uint32(want[3]); ok && got != number {
			t.Fatalf("%q: got %#x, want %#x", text, got, number)
		}
	})
}

func TestHex8ReadsEveryByteInEveryPlace(t *testing.T) {
	for place := range 8 {
		for c := range 256 {
			text := []byte("00000000")
			text[place] = byte(c)
			var want [4]byte
			_, err := hex.Decode(want[:], text)
			if got, ok := hex8(text); ok != (err == nil) || ok && got != uint32(want[0])<<24|uint32(want[1])<<16|uint32(want[2])<<8|uint32(want[3]) {
				t.Fatalf("byte %#x at %d: got %#x, %t", c, place, got, ok)
			}
		}
	}
}

// FuzzLines gives any bytes to every parser: lines are counted, and each is
// accepted, passed over, blank or rejected.
func FuzzLines(f *testing.F) {
	f.Add([]byte("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179\r\n\n"))
	f.Add([]byte("1E4C9B93F3F0682250B6CF8331B7EE68FD8:3\njunk\n"))
	f.Add([]byte("https://example.com:8443/a:ann:secret\nann;secret\n$HEX[00]\n"))
	f.Add([]byte("http://:\n://::\nhttp://a:1\nhttp://a:1/\nhttp://a:1/b\n;\n:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		key := make([]byte, 32)
		for _, p := range []parser{
			hashParser{bytes: 20}, hashParser{bytes: 16}, hashParser{bytes: 20, ranges: true}, hashParser{bytes: 16, ranges: true},
			newPasswordParser(brx.SHA1, nil), newPasswordParser(brx.NTLM, nil), newPasswordParser(brx.HMACPassword, key),
			&pairParser{tagger: breach.NewTagger(key)},
		} {
			b := &block{text: text, pieces: []stretch{{prefix: 0x5BAA6, line: 1}}}
			b.parse(p)
			lines := int64(bytes.Count(text, newline))
			if len(text) > 0 && text[len(text)-1] != '\n' {
				lines++
			}
			known := b.tally.Accepted + b.tally.Padding + b.tally.RejectedLines()
			if b.tally.Lines != lines || known > lines || (b.tally.RejectedLines() > 0) != (b.rejected != nil) {
				t.Fatalf("%T: got %+v for %d lines", p, b.tally, lines)
			}
			if _, pairs := p.(*pairParser); !pairs && int64(len(b.records)) != b.tally.Accepted {
				t.Fatalf("%T: %d records of %d lines", p, len(b.records), b.tally.Accepted)
			}
		}
	})
}

func TestPairsAreCutWhereTheyShould(t *testing.T) {
	for line, want := range map[string][2]string{
		"ann:secret":                             {"ann", "secret"},
		"ann;sec:ret":                            {"ann", "sec:ret"},
		"https://example.com:ann:secret":         {"ann", "secret"},
		"https://example.com:443:ann:secret":     {"ann", "secret"},
		"https://example.com:443/a/b:ann:secret": {"ann", "secret"},
		"https://example.com:12345:secret":       {"12345", "secret"},
		"https://example.com/a ann:secret":       {"ann", "secret"},
		"example.com:ann@example.com:secret":     {"ann@example.com", "secret"},
		"first.last:secret":                      {"first.last", "secret"},
		"ann@example.com:http://secret":          {"ann@example.com", "http://secret"},
	} {
		user, password, ok := splitPair([]byte(line))
		if !ok || string(user) != want[0] || string(password) != want[1] {
			t.Errorf("%s: got %q and %q, %t, want %q", line, user, password, ok, want)
		}
	}
}
