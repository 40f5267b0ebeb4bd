package hibp_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/hibp"
)

// ask sends a request and reads the answer, without decompressing it.
func ask(t testing.TB, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestARange(t *testing.T) {
	url := serve(t, nil)
	t.Run("is what the list says, in upper case and with CRLF", func(t *testing.T) {
		resp, body := ask(t, "GET", url+"/range/000a7")
		if want := text(brx.SHA1, 0xa7); resp.StatusCode != 200 || body != want {
			t.Errorf("got %s\n%s want\n%s", resp.Status, body, want)
		}
		if got := resp.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("got type %q", got)
		}
	})
	t.Run("is the same in either case", func(t *testing.T) {
		_, lower := ask(t, "GET", url+"/range/000a7")
		_, upper := ask(t, "GET", url+"/range/000A7")
		if lower != upper {
			t.Error("it is not")
		}
	})
	t.Run("of which nothing is known is empty, and no error", func(t *testing.T) {
		if resp, body := ask(t, "GET", url+"/range/FFFFF"); resp.StatusCode != 200 || body != "" {
			t.Errorf("got %s %q", resp.Status, body)
		}
	})
	t.Run("of NTLM hashes has shorter lines", func(t *testing.T) {
		if resp, body := ask(t, "GET", url+"/range/00001?mode=ntlm"); resp.StatusCode != 200 || body != text(brx.NTLM, 1) {
			t.Errorf("got %s %q", resp.Status, body)
		}
	})
	t.Run("holds nothing of a list that is not public", func(t *testing.T) {
		if _, body := ask(t, "GET", url+"/range/00000"); strings.Contains(body, "AAAAAAAA") {
			t.Error("it does")
		}
	})
	t.Run("can be asked for by its head alone", func(t *testing.T) {
		resp, body := ask(t, "HEAD", url+"/range/000A7")
		if resp.StatusCode != 200 || body != "" || resp.ContentLength != int64(len(text(brx.SHA1, 0xa7))) {
			t.Errorf("got %s, %d bytes announced, body %q", resp.Status, resp.ContentLength, body)
		}
	})
	t.Run("may be read by pages of other origins", func(t *testing.T) {
		resp, _ := ask(t, "OPTIONS", url+"/range/000A7", "Origin", "https://example.com", "Access-Control-Request-Headers", "add-padding")
		if resp.StatusCode != 204 || resp.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "Add-Padding") {
			t.Errorf("got %s %v", resp.Status, resp.Header)
		}
	})
}

func TestWhatIsNoRangeIsRefused(t *testing.T) {
	url := serve(t, nil)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/range/", 400}, {"GET", "/range/5BAA", 400}, {"GET", "/range/5BAA61", 400}, {"GET", "/range/5BAAG", 400},
		{"GET", "/range/%2b5BAA", 400}, {"GET", "/range/0x5BA", 400}, {"GET", "/range/5_BAA", 400}, {"GET", "/range/5BAA6/", 400},
		{"GET", "/range/5BAA6?mode=md5", 400}, {"GET", "/", 404}, {"GET", "/ranges/5BAA6", 404}, {"GET", "/breachedaccount/ann", 404},
		{"POST", "/range/5BAA6", 405}, {"DELETE", "/range/5BAA6", 405},
	} {
		if resp, body := ask(t, c.method, url+c.path); resp.StatusCode != c.want || body == "" {
			t.Errorf("%s %s: got %s %q, want %d and a reason", c.method, c.path, resp.Status, body, c.want)
		}
	}
}

func TestACorpusThatCannotAnswer(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, "core.brx", brx.SHA1, false, list(brx.SHA1))
	for name, mount := range map[string]breach.Mount{
		"for want of a tail":          {Path: "core.brx", Role: breach.Base, Public: true},
		"for nothing in it is public": {Path: "core.brx", Role: breach.Base},
	} {
		t.Run(name, func(t *testing.T) {
			h := hibp.NewHandler(hibp.HandlerConfig{Index: open(t, dir, mount)})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/range/00000", nil))
			if w.Code != 501 || !strings.Contains(w.Body.String(), "--tail") {
				t.Errorf("got %d %q", w.Code, w.Body)
			}
		})
	}
	t.Run("because it is closed says so to the log, without the query", func(t *testing.T) {
		index := corpus(t)
		if err := index.Close(); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		h := hibp.NewHandler(hibp.HandlerConfig{Index: index, Log: slog.New(slog.NewTextHandler(&log, nil))})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/range/0BEEF", nil))
		if w.Code != 500 || !strings.Contains(log.String(), "range query") || strings.Contains(log.String()+w.Body.String(), "0BEEF") {
			t.Errorf("got %d %q, log %q", w.Code, w.Body, log.String())
		}
	})
}

func TestETags(t *testing.T) {
	url := serve(t, nil)
	resp, _ := ask(t, "GET", url+"/range/00001")
	tag := resp.Header.Get("ETag")
	if tag == "" || !strings.Contains(resp.Header.Get("Cache-Control"), "max-age=") {
		t.Fatalf("got %v", resp.Header)
	}
	for _, match := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
		if resp, body := ask(t, "GET", url+"/range/00001", "If-None-Match", match); resp.StatusCode != 304 || body != "" {
			t.Errorf("%s: got %s %q, want 304", match, resp.Status, body)
		}
	}
	for path, header := range map[string]string{"/range/00002": tag, "/range/00001?mode=ntlm": tag, "/range/00001": `"other"`} {
		if resp, _ := ask(t, "GET", url+path, "If-None-Match", header); resp.StatusCode != 200 {
			t.Errorf("%s: got %s, want 200", path, resp.Status)
		}
	}
}

func TestPadding(t *testing.T) {
	url := serve(t, nil)
	padded := func(path string) []string {
		resp, body := ask(t, "GET", url+path, "Add-Padding", "true")
		if resp.StatusCode != 200 || resp.Header.Get("ETag") != "" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("got %s %v", resp.Status, resp.Header)
		}
		return strings.Split(strings.TrimSuffix(body, "\r\n"), "\r\n")
	}
	for _, path := range []string{"/range/00001", "/range/FFFFF", "/range/00001?mode=ntlm"} {
		lines := padded(path)
		if len(lines) < 800 || len(lines) > 1000 {
			t.Errorf("%s: got %d lines, want 800 to 1000", path, len(lines))
		}
		if !slices.IsSorted(lines) {
			t.Errorf("%s: padding stands out by its place", path)
		}
		width := strings.IndexByte(lines[0], ':')
		var kept []string
		for _, line := range lines {
			if strings.IndexByte(line, ':') != width {
				t.Fatalf("%s: padding stands out by its length: %q", path, line)
			}
			if !strings.HasSuffix(line, ":0") {
				kept = append(kept, line)
			}
		}
		_, plain := ask(t, "GET", url+path)
		if got := strings.Join(kept, "\r\n"); got != strings.TrimSuffix(plain, "\r\n") {
			t.Errorf("%s: without padding it is another answer", path)
		}
	}
	if slices.Equal(padded("/range/00001"), padded("/range/00001")) {
		t.Error("the padding is the same twice: it could be told from what is real")
	}
}

func TestCompression(t *testing.T) {
	url := serve(t, nil)
	resp, packed := ask(t, "GET", url+"/range/00001", "Accept-Encoding", "br, gzip;q=0.8", "Add-Padding", "true")
	if resp.Header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(packed, "\x1f\x8b") {
		t.Errorf("got %v", resp.Header)
	}
	if resp, _ := ask(t, "GET", url+"/range/00001", "Accept-Encoding", "gzip;q=0", "Add-Padding", "true"); resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("compressed for a client that refuses it: %v", resp.Header)
	}
}

func BenchmarkRange(b *testing.B) {
	h := hibp.NewHandler(hibp.HandlerConfig{Index: corpus(b)})
	r := httptest.NewRequest("GET", "/range/00001", nil)
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
