package sigv4

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// CheckPage guards a server that asks for no signatures. Any page that is open
// in a browser on the same machine could send requests to it, and may be able to
// read the answers; so what administrators do is only for pages of the machine
// itself. Programs send no Origin.
func CheckPage(h http.Header) error {
	values := h.Values("Origin")
	if len(values) == 0 {
		return nil
	}
	u, err := url.Parse(values[0])
	if err == nil && len(values) == 1 && here(u.Hostname()) {
		return nil
	}
	return foreign
}

// CheckHost guards what can be asked without an Origin, by GET: a page of another
// machine may have its own name point here by now (DNS rebinding), and reads what
// it likes as its own.
func CheckHost(host string) error {
	u, err := url.Parse("http://" + host)
	if err == nil && u.Host == host && here(u.Hostname()) {
		return nil
	}
	return foreign
}

var foreign = fault.New(fault.AccessDenied, "While signatures are not checked, this operation is only for pages of this machine.")

// here tells whether a name is this machine's and can be nobody else's.
func here(name string) bool {
	ip, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && ip.IsLoopback()
}
