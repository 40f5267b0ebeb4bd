package forwarded_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// echo serves the address that it believes, behind proxies that are trusted at
// these addresses, and tells who was refused.
func echo(t *testing.T, c forwarded.Config, trusted ...string) (address string, refused chan net.Addr) {
	t.Helper()
	for _, text := range trusted {
		c.Trusted = append(c.Trusted, netip.MustParsePrefix(text))
	}
	p, err := forwarded.New(c)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused = make(chan net.Addr, 10)
	server := &http.Server{
		Handler:  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, p.Client(r).String()) }), //nolint:errcheck // the test reads it
		ErrorLog: nil,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(p.Listen(inner, func(a net.Addr) { refused <- a })) }()
	t.Cleanup(func() {
		server.Close() //nolint:errcheck // it ends
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server ended with %v", err)
		}
	})
	return inner.Addr().String(), refused
}

// ask sends the beginning of a connection, then a request, and gives the body of
// the answer; "" where the connection was closed without one.
func ask(t *testing.T, address string, begin []byte, header string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))                                       //nolint:errcheck // a test that hangs says so
	conn.Write(begin)                                                                        //nolint:errcheck // it may be refused already
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+header+"\r\n") //nolint:errcheck // likewise
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return ""
	}
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK {
		return res.Status
	}
	return string(body)
}

func version2(t *testing.T, source string) []byte {
	t.Helper()
	from := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(source))
	b, err := proxyproto.HeaderProxyFromAddrs(2, from, &net.TCPAddr{IP: from.IP, Port: 443}).Format()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPROXYProtocol(t *testing.T) {
	address, refused := echo(t, forwarded.Config{Protocol: true}, "127.0.0.0/8")
	local := []byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00")
	long := bytes.Clone(version2(t, "203.0.113.9:1"))
	binary.BigEndian.PutUint16(long[14:], 65535)
	for _, c := range []struct {
		name, begin, want string
	}{
		{"version 1", "PROXY TCP4 203.0.113.9 127.0.0.1 51234 9470\r\n", "203.0.113.9"},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::9 2001:db8::1 51234 9470\r\n", "2001:db8::9"},
		{"version 1, IPv4 in IPv6", "PROXY TCP6 ::ffff:203.0.113.9 ::1 51234 9470\r\n", "203.0.113.9"},
		{"version 1, for itself", "PROXY UNKNOWN\r\n", "127.0.0.1"},
		{"version 2", string(version2(t, "203.0.113.9:51234")), "203.0.113.9"},
		{"version 2, IPv6", string(version2(t, "[2001:db8::9]:51234")), "2001:db8::9"},
		{"version 2, for itself", string(local), "127.0.0.1"},
		{"no header is no connection", "", ""},
		{"nor is half of one", "PROXY TCP4 203.0.113.9\r\n", ""},
		{"nor one that is no address", "PROXY TCP4 203.0.113.999 127.0.0.1 1 2\r\n", ""},
		{"nor one without an end", "PROXY " + strings.Repeat("x", 1000), ""},
		{"nor one of another version", "\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x0c", ""},
		{"two are one and nonsense", "PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\nPROXY TCP4 9.9.9.9 127.0.0.1 1 2\r\n", "400 Bad Request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ask(t, address, []byte(c.begin), ""); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("a header that promises more than it brings waits, and nobody else does", func(t *testing.T) {
		silent, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		if _, err := silent.Write(long); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, address, []byte("PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n"), ""); got != "203.0.113.9" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("headers of HTTP are not believed beside it", func(t *testing.T) {
		begin := []byte("PROXY TCP4 127.0.0.7 127.0.0.1 1 2\r\n") // within what is trusted
		if got := ask(t, address, begin, "X-Forwarded-For: 9.9.9.9\r\n"); got != "127.0.0.7" {
			t.Errorf("got %q", got)
		}
	})
	select {
	case a := <-refused:
		t.Errorf("%s was refused", a)
	default:
	}
}

func TestPROXYProtocolAndAHeader(t *testing.T) {
	address, _ := echo(t, forwarded.Config{Protocol: true, Header: forwarded.XForwardedFor}, "127.0.0.0/8", "198.51.100.0/24")
	for source, want := range map[string]string{
		"198.51.100.3": "203.0.113.9", // a proxy in front of the one that connects
		"192.0.2.9":    "192.0.2.9",   // a client, with a header of its own
	} {
		begin := []byte("PROXY TCP4 " + source + " 127.0.0.1 1 2\r\n")
		if got := ask(t, address, begin, "X-Forwarded-For: 203.0.113.9\r\n"); got != want {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
}

func TestPROXYProtocolOfAStranger(t *testing.T) {
	address, refused := echo(t, forwarded.Config{Protocol: true}, "10.0.0.0/8")
	for _, begin := range []string{"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n", ""} {
		if got := ask(t, address, []byte(begin), ""); got != "" {
			t.Errorf("%q: got %q, want no answer", begin, got)
		}
		if a := (<-refused).String(); !strings.HasPrefix(a, "127.0.0.1:") {
			t.Errorf("%s was refused", a)
		}
	}
}

func TestWithoutTheProtocolItsHeaderIsNonsense(t *testing.T) {
	address, _ := echo(t, forwarded.Config{}, "127.0.0.0/8")
	if got := ask(t, address, []byte("PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n"), ""); got != "400 Bad Request" {
		t.Errorf("got %q", got)
	}
	if got := ask(t, address, nil, "X-Forwarded-For: 203.0.113.9\r\n"); got != "203.0.113.9" {
		t.Errorf("got %q", got)
	}
}
