package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

// journal is a log that is read while it is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.b.String(), text)
}

func trusting(ranges ...string) forwarded.Config {
	var c forwarded.Config
	for _, text := range ranges {
		c.Trusted = append(c.Trusted, netip.MustParsePrefix(text))
	}
	return c
}

func TestAProxyThatIsNotTrustedIsToldOnce(t *testing.T) {
	const warning = "a request seems to come through a proxy that is not trusted"
	type from struct{ peer, header string }
	for _, c := range []struct {
		name string
		server.Config
		from
		want int
	}{
		{"a header from the neighbourhood", server.Config{}, from{"172.18.0.2:80", "X-Forwarded-For"}, 1},
		{"the other header", server.Config{}, from{"127.0.0.1:80", "Forwarded"}, 1},
		{"a proxy beside the trusted ones", server.Config{Proxies: trusting("10.0.0.0/8")}, from{"172.18.0.2:80", "X-Forwarded-For"}, 1},
		{"a trusted proxy", server.Config{Proxies: trusting("172.16.0.0/12")}, from{"172.18.0.2:80", "X-Forwarded-For"}, 0},
		{"a header from far away is a client's invention", server.Config{}, from{"203.0.113.9:80", "X-Forwarded-For"}, 0},
		{"a request without one", server.Config{}, from{"172.18.0.2:80", "X-Other"}, 0},
		{"a development server", server.Config{Dev: true}, from{"127.0.0.1:80", "X-Forwarded-For"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := new(journal)
			cfg := c.Config
			cfg.Listen, cfg.Data, cfg.Log = "127.0.0.1:0", t.TempDir(), slog.New(slog.NewTextHandler(log, nil))
			s, err := server.New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for range 3 {
				r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
				r.RemoteAddr = c.peer
				r.Header.Set(c.header, "192.0.2.1")
				w := httptest.NewRecorder()
				s.Handler().ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					t.Fatalf("got %d: the request is served either way", w.Code)
				}
			}
			if got := log.count(warning); got != c.want {
				t.Errorf("got %d warnings, want %d", got, c.want)
			}
		})
	}
}

func TestProxiesThatCannotBeMeantAreRefusedAtTheStart(t *testing.T) {
	for want, proxies := range map[string]forwarded.Config{
		"trusts everybody":    trusting("0.0.0.0/0"),
		"no proxy is trusted": {Protocol: true},
		"is no header":        {Header: "X-Real-IP", Trusted: trusting("10.0.0.0/8").Trusted},
	} {
		_, err := server.New(t.Context(), server.Config{Listen: "127.0.0.1:0", Data: t.TempDir(), Dev: true, Proxies: proxies})
		if err == nil || !strings.HasPrefix(err.Error(), "proxies: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// serving runs a server with these proxies and gives its address.
func serving(t *testing.T, proxies forwarded.Config, log *journal) string {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{
		Listen: "127.0.0.1:0", Data: t.TempDir(), Dev: true, Proxies: proxies, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return strings.TrimPrefix(s.URL(), "http://")
}

func TestPROXYProtocolInFrontOfTheServer(t *testing.T) {
	ask := func(t *testing.T, address, begin string) string {
		t.Helper()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%sGET /_gatehouse/whoami HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n", begin)
		text, _ := io.ReadAll(conn) //nolint:errcheck // a connection that was reset is an answer too
		return string(text)
	}
	t.Run("the client is whom the proxy names", func(t *testing.T) {
		proxies := trusting("127.0.0.0/8")
		proxies.Protocol = true
		address := serving(t, proxies, new(journal))
		if got := ask(t, address, "PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n"); !strings.Contains(got, `"address":"203.0.113.9"`) {
			t.Errorf("got %s", got)
		}
		if got := ask(t, address, ""); got != "" {
			t.Errorf("without a header: got %s", got)
		}
	})
	t.Run("a stranger is refused, which the log tells loudly once", func(t *testing.T) {
		proxies := trusting("10.0.0.0/8")
		proxies.Protocol = true
		log := new(journal)
		address := serving(t, proxies, log)
		for range 3 {
			if got := ask(t, address, "PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n"); got != "" {
				t.Errorf("got %s", got)
			}
		}
		if got := log.count("only trusted proxies may connect"); got != 1 {
			t.Errorf("got %d warnings, want 1", got)
		}
	})
}
