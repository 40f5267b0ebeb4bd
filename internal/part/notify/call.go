package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Call is JSON to be posted to a URL that an administrator of a pool gave, with
// the headers of a webhook.
type Call struct {
	// ID is the same at each attempt: 1 to 100 letters, digits, dots, dashes and underscores.
	ID string
	// URL begins with http:// or https://. Its path and query may be a secret.
	URL    string
	Body   []byte
	Secret []byte // what it is signed with; nil: unsigned
}

// Format prints what identifies the call and nothing that it says.
func (c Call) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "call %s", c.ID) }

// LogValue logs what Format prints.
func (c Call) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// Caller makes calls.
//
// Who may write a pool's policy need not be who runs the server, so a call must
// not reach for what the server alone can reach: redirects are not followed, and
// the addresses where clouds keep the credentials of a machine are not called,
// whatever name leads there. Private networks are, because alerts are received
// there. Behind a proxy, as HTTPS_PROXY names it, names are looked up by the proxy.
type Caller struct {
	client *http.Client
	now    func() time.Time
}

// Caller makes a Caller.
func (c Config) Caller() *Caller {
	if c.Now == nil {
		c.Now = time.Now
	}
	client := newClient(c)
	// After the look-up of the name: a second one could answer otherwise.
	dialer := &net.Dialer{Timeout: sendTimeout, Control: func(_, address string, _ syscall.RawConn) error { return guard(address) }}
	client.Transport.(*http.Transport).DialContext = dialer.DialContext
	return &Caller{client, c.Now}
}

var errReserved = errors.New("its address is not one to call")

// guard refuses addresses that are a machine's own affair.
func guard(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errReserved
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || reserved.Contains(ip) || slices.Contains(metadata, ip) {
		return errReserved
	}
	return nil
}

var (
	// metadata is where clouds tell machines about themselves, beside 169.254.169.254.
	metadata = []netip.Addr{
		netip.MustParseAddr("100.100.100.200"), // Alibaba
		netip.MustParseAddr("168.63.129.16"),   // Azure
		netip.MustParseAddr("192.0.0.192"),     // Oracle
		netip.MustParseAddr("fd00:ec2::254"),   // AWS
		netip.MustParseAddr("fd20:ce::254"),    // Google
	}
	// reserved is nobody's, and ends in the broadcast address.
	reserved = netip.MustParsePrefix("240.0.0.0/4")
)

// Post makes a call, as Sender.Send sends a message: nil means taken,
// ErrPermanent that no retry will help, any other error that the way was closed.
func (c *Caller) Post(ctx context.Context, call Call) error {
	u, err := url.Parse(call.URL)
	if !validID.MatchString(call.ID) || err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(call.Body) > MaxBody {
		return fmt.Errorf("malformed call %.100q: %w", call.ID, ErrPermanent)
	}
	if ip, notIP := netip.ParseAddr(u.Hostname()); notIP == nil { // a proxy would not ask us again
		err = guard(netip.AddrPortFrom(ip, 1).String())
	}
	if err == nil {
		err = post(ctx, c.client, call, c.now())
	}
	if errors.Is(err, errReserved) {
		err = fmt.Errorf("%w: %w", errReserved, ErrPermanent)
	}
	if err != nil {
		return fmt.Errorf("post %s to %s: %w", call.ID, u.Host, err)
	}
	return nil
}
