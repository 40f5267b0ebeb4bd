package sigv4

import (
	"net/http"
	"net/netip"
	"net/url"

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
	if err == nil && len(values) == 1 {
		ip, err := netip.ParseAddr(u.Hostname())
		if u.Hostname() == "localhost" || err == nil && ip.IsLoopback() {
			return nil
		}
	}
	return fault.New(fault.AccessDenied, "While signatures are not checked, this operation is only for pages of this machine.")
}
