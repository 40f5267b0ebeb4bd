package cognito

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"reflect"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/agent"
	"github.com/gatehouse-id/gatehouse/internal/part/fingerprint"
	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// maxHeader bounds what is remembered of a header, in bytes.
const maxHeader = 512

// origin is where the request came from: the peer of the connection, or the
// client that trusted proxies name.
func (d *Door) origin(r *http.Request, requestID string) model.Origin {
	o := model.Origin{UserAgent: userAgent(r.UserAgent()), Hints: hints(r.Header), RequestID: requestID}
	if client := d.Proxies.Client(r); client.IsValid() {
		o.IP = client.String()
	}
	return o
}

func userAgent(text string) string { return fingerprint.Printable(text, maxHeader) }

// hints are the headers beside User-Agent; one that is cut would say something else.
func hints(h http.Header) model.ClientHints {
	return model.ClientHints(agent.HintsFrom(func(name string) string {
		if text := h.Get(name); len(text) <= maxHeader {
			return userAgent(text)
		}
		return ""
	}))
}

// plainIP writes an address in the one way in which addresses are compared.
func plainIP(a netip.Addr) string { return forwarded.Plain(a).String() }

// told is where a user is, as the server that signs in for the user tells it.
// Without it every user would seem to be at that server.
func (d *Door) told(ctx context.Context, from model.Origin, poolID, clientID, name string, data *shape.ContextDataType) (model.Origin, error) {
	if data == nil {
		return from, nil
	}
	ip, err := netip.ParseAddr(wire.Of(data.IpAddress))
	if err != nil {
		return from, fault.New(fault.InvalidParameter, "Invalid IpAddress in ContextData.").Because(err)
	}
	h := http.Header{}
	for _, header := range data.HttpHeaders {
		h.Set(wire.Of(header.HeaderName), wire.Of(header.HeaderValue))
	}
	from.IP, from.UserAgent, from.Hints = plainIP(ip), userAgent(h.Get("User-Agent")), hints(h)
	if wire.Of(data.EncodedData) == "" {
		return from, nil
	}
	pool, client, err := d.party(ctx, clientID)
	if err == nil && pool != nil && pool.ID == poolID {
		from.Fingerprint = d.fingerprint(ctx, pool, client, name, *data.EncodedData)
	}
	return from, err
}

// believe takes what a client tells of its user. The fingerprint is the device's
// own claim, from whoever it comes. The address is taken where it may be: from a
// client with a secret, which a user cannot pose as, that is set up for it, in a
// pool with threat protection. Everywhere else it is ignored.
func (d *Door) believe(ctx context.Context, c *call, clientID, name string, data *shape.UserContextDataType) error {
	if data == nil || data.IpAddress == nil && wire.Of(data.EncodedData) == "" {
		return nil
	}
	pool, client, err := d.party(ctx, clientID)
	if err != nil || pool == nil {
		return err
	}
	if encoded := wire.Of(data.EncodedData); encoded != "" {
		c.Origin.Fingerprint = d.fingerprint(ctx, pool, client, name, encoded)
	}
	may := client.Confidential() && pool.Mode() != model.ModeOff && wire.Of(client.Doc.EnablePropagateAdditionalUserContextData)
	if data.IpAddress == nil || !may {
		return nil
	}
	ip, err := netip.ParseAddr(*data.IpAddress)
	if err != nil {
		return fault.New(fault.InvalidParameter, "Invalid IpAddress in UserContextData.").Because(err)
	}
	c.Origin.IP = plainIP(ip)
	if text := c.Origin.Fingerprint.UserAgent; text != "" { // the headers are the server's own
		c.Origin.UserAgent, c.Origin.Hints = text, model.ClientHints{}
	}
	return nil
}

// party is the client and its pool; nil where there is none, which the operation
// says in its own words.
func (d *Door) party(ctx context.Context, clientID string) (pool *model.Pool, client *model.Client, err error) {
	err = d.Store.View(ctx, func(tx *store.Tx) error {
		pool, client, err = tx.Party(clientID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return pool, client, err
}

// fingerprint reads what a device says of itself. It never fails a request.
func (d *Door) fingerprint(ctx context.Context, pool *model.Pool, client *model.Client, name, encoded string) model.Fingerprint {
	f := fingerprint.Read(encoded, fingerprint.Expected{
		PoolID: pool.ID, ClientID: client.ID, Now: d.Now(),
		Named: func(claimed string) bool {
			return name == "" || claimed == name || d.sameUser(ctx, pool, claimed, name)
		},
	})
	if f.Problem != "" {
		d.Meter.Add(report.FingerprintsRefused, pool.ID, f.Problem)
	}
	return f
}

// sameUser tells whether two names are of one user. SDKs for phones answer a
// challenge in the user's own name, and their fingerprint goes on saying what
// was typed, such as a mail address. Both names are looked up, whatever comes of
// the first, so that the time tells nothing of it.
func (d *Door) sameUser(ctx context.Context, pool *model.Pool, a, b string) bool {
	same := false
	err := d.Store.View(ctx, func(tx *store.Tx) error {
		u, err1 := tx.FindUser(pool, a)
		v, err2 := tx.FindUser(pool, b)
		same = err1 == nil && err2 == nil && u.Sub == v.Sub
		return nil
	})
	return err == nil && same
}

// usernameParameter names the user of a sign-in and of an answer.
const usernameParameter = "USERNAME"

// nameIn makes the way to the name by which an input calls its user; it finds ""
// where there is none.
func nameIn[In any]() func(*In) string {
	for _, member := range []string{"AuthParameters", "ChallengeResponses"} {
		field, ok := reflect.TypeFor[In]().FieldByName(member)
		if ok && field.Type == reflect.TypeFor[map[string]string]() {
			return func(in *In) string {
				return reflect.ValueOf(in).Elem().FieldByIndex(field.Index).Interface().(map[string]string)[usernameParameter]
			}
		}
	}
	name := member[In, string]("Username")
	return func(in *In) string { return wire.Of(name(in)) }
}
