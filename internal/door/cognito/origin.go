package cognito

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// maxUserAgent bounds the part of a User-Agent that is remembered, in bytes.
const maxUserAgent = 512

// origin is where the request came from: the peer of the connection. What a
// proxy says about it is believed elsewhere, or not at all.
func origin(r *http.Request, requestID string) model.Origin {
	o := model.Origin{UserAgent: userAgent(r.UserAgent()), RequestID: requestID}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		o.IP = plainIP(peer.Addr())
	}
	return o
}

func userAgent(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxUserAgent)], "")
}

// plainIP writes an address in the one way in which addresses are compared.
func plainIP(a netip.Addr) string { return a.Unmap().WithZone("").String() }

// told is where a user is, as the server that signs in for the user tells it.
// Without it every user would seem to be at that server.
func told(from model.Origin, context *shape.ContextDataType) (model.Origin, error) {
	if context == nil {
		return from, nil
	}
	ip, err := netip.ParseAddr(wire.Of(context.IpAddress))
	if err != nil {
		return from, fault.New(fault.InvalidParameter, "Invalid IpAddress in ContextData.").Because(err)
	}
	from.IP, from.UserAgent = plainIP(ip), ""
	for _, h := range context.HttpHeaders {
		if strings.EqualFold(wire.Of(h.HeaderName), "User-Agent") {
			from.UserAgent = userAgent(wire.Of(h.HeaderValue))
		}
	}
	return from, nil
}

// believe takes the address that a client tells of its user, where it may: from
// a client with a secret, which a user cannot pose as, that is set up for it, in
// a pool with threat protection. Everywhere else it is ignored.
func (d *Door) believe(ctx context.Context, c *call, clientID string, data *shape.UserContextDataType) error {
	if data == nil || data.IpAddress == nil {
		return nil
	}
	may := false
	err := d.Store.View(ctx, func(tx *store.Tx) error {
		pool, client, err := tx.Party(clientID)
		if errors.Is(err, store.ErrNotFound) {
			return nil // the operation says so in its own words
		}
		if err != nil {
			return err
		}
		may = client.Confidential() && pool.Mode() != model.ModeOff && wire.Of(client.Doc.EnablePropagateAdditionalUserContextData)
		return nil
	})
	if err != nil || !may {
		return err
	}
	ip, err := netip.ParseAddr(*data.IpAddress)
	if err != nil {
		return fault.New(fault.InvalidParameter, "Invalid IpAddress in UserContextData.").Because(err)
	}
	c.Origin.IP = plainIP(ip)
	return nil
}

// checkPage guards a server that asks for no signatures. Any page that is open
// in a browser on the same machine could post here, and CORS lets it read the
// answer, as it must; so what administrators do is only for pages of the machine
// itself. Programs send no Origin.
func checkPage(h http.Header) error {
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
