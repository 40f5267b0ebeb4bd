package hibp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
	"github.com/gatehouse-id/gatehouse/breach/hibp"
)

const (
	ranges = 200 // of the test corpus: 00000 to 000C7, three hashes each
	rows   = 3
)

// suffix is the text of a range of the test corpus.
func suffix(alg brx.Alg, prefix, i int) string {
	return fmt.Sprintf("%0*X", 2*alg.Bytes()-5, (i+1)*1_000_003+prefix)
}

func text(alg brx.Alg, prefix int) string {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "%s:%d\r\n", suffix(alg, prefix, i), prefix+i+1)
	}
	return b.String()
}

// list is the test corpus as it is published, with the real hash of "password" behind it.
func list(alg brx.Alg) string {
	var b strings.Builder
	for prefix := range ranges {
		for i := range rows {
			fmt.Fprintf(&b, "%05X%s:%d\r\n", prefix, suffix(alg, prefix, i), prefix+i+1)
		}
	}
	if alg == brx.SHA1 {
		b.WriteString("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179\r\n")
	}
	return b.String()
}

// build makes a segment in dir from lines of hashes.
func build(t testing.TB, dir, name string, alg brx.Alg, tail bool, lines string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := feed.Import(context.Background(), feed.Config{
		Sources: []feed.Source{{Path: path, Kind: feed.Hashes}}, Out: filepath.Join(dir, name), Alg: alg, Tail: tail,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// open publishes the mounts of a folder and opens it.
func open(t testing.TB, dir string, mounts ...breach.Mount) *breach.Index {
	t.Helper()
	if _, err := breach.Publish(dir, mounts...); err != nil {
		t.Fatal(err)
	}
	index, err := breach.Open(dir, breach.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { index.Close() }) //nolint:errcheck // a test's
	return index
}

// corpus is an index with a public SHA-1 and a public NTLM list, and one that is not public.
func corpus(t testing.TB) *breach.Index {
	t.Helper()
	dir := t.TempDir()
	build(t, dir, "sha1.brx", brx.SHA1, true, list(brx.SHA1))
	build(t, dir, "ntlm.brx", brx.NTLM, true, list(brx.NTLM))
	build(t, dir, "own.brx", brx.SHA1, false, "00000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:5\n")
	return open(t, dir,
		breach.Mount{Path: "own.brx", Role: breach.Operator},
		breach.Mount{Path: "sha1.brx", Role: breach.Base, Public: true},
		breach.Mount{Path: "ntlm.brx", Role: breach.Base, Public: true})
}

// serve is the range API over real HTTP, with what stands before it.
func serve(t testing.TB, before func(http.Handler) http.Handler) string {
	t.Helper()
	var h http.Handler = hibp.NewHandler(hibp.HandlerConfig{Index: corpus(t)})
	if before != nil {
		h = before(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
