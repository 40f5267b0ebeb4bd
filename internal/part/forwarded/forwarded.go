// Package forwarded finds the client behind the proxies that an operator trusts.
//
//	client ── proxy ── proxy ── us
//	                     └ peer of the connection, or as the PROXY protocol tells (Listen)
//	X-Forwarded-For: whatever the client wrote, client, proxy          read from the right
//	                                            ──────  ─────
//	Hops ── peer ── trusted? the next to the left ── trusted? ...      the first that is not is the client
//
// A proxy appends the address that it saw, so the right end is as true as the
// proxy that wrote it, and everything left of the first stranger is the
// stranger's invention. Without trusted proxies no header is looked at.
package forwarded

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
)

// The headers that can be believed.
const (
	XForwardedFor = "X-Forwarded-For"
	Forwarded     = "Forwarded" // RFC 7239
)

// Config of the way to this server. The zero value trusts nobody.
type Config struct {
	// Trusted are the proxies, by their addresses as this server sees them.
	Trusted []netip.Prefix
	// Header is the one that the proxies write; "" = X-Forwarded-For, or none with
	// Protocol. A proxy passes on what it does not write, so the wrong one can be
	// forged by everybody.
	Header string
	// Protocol says that trusted proxies begin each connection with a header of
	// the PROXY protocol, version 1 or 2. Nobody else can then connect.
	Protocol bool
}

// Proxies are the ones that are trusted. A nil one trusts nobody.
type Proxies struct {
	trusted  []netip.Prefix
	header   string
	protocol bool
}

// New checks a configuration.
func New(c Config) (*Proxies, error) {
	p := &Proxies{header: c.Header, protocol: c.Protocol}
	switch c.Header {
	case XForwardedFor, Forwarded:
	case "":
		if !c.Protocol && len(c.Trusted) > 0 {
			p.header = XForwardedFor
		}
	default:
		return nil, fmt.Errorf("%q is no header that can be believed: want %s or %s", c.Header, XForwardedFor, Forwarded)
	}
	if len(c.Trusted) == 0 && (c.Header != "" || c.Protocol) {
		return nil, errors.New("no proxy is trusted, so none can tell who the client is: name trusted proxies")
	}
	for _, t := range c.Trusted {
		prefix, err := plain(t)
		if err != nil {
			return nil, err
		}
		p.trusted = append(p.trusted, prefix)
	}
	return p, nil
}

// ParsePrefix reads a range of addresses, or one address.
func ParsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return plain(netip.PrefixFrom(a, a.BitLen()))
	}
	t, err := netip.ParsePrefix(text)
	if err != nil {
		return t, fmt.Errorf("%q is no range of addresses: want CIDR, as in 10.0.0.0/8 or 2001:db8::/32", text)
	}
	return plain(t)
}

// plain writes a range as addresses are compared, and refuses those that are
// hardly meant.
func plain(t netip.Prefix) (netip.Prefix, error) {
	switch {
	case !t.IsValid():
		return t, errors.New("a range of trusted proxies is invalid")
	case t.Addr().Is4In6() && t.Bits() >= 96:
		t = netip.PrefixFrom(t.Addr().Unmap(), t.Bits()-96)
	}
	switch {
	case t.Bits() == 0:
		return t, fmt.Errorf("%s trusts everybody: whoever connects could then claim any address", t)
	case t != t.Masked():
		return t, fmt.Errorf("%s has bits set beyond its length: want %s, or %s/%d for the one address", t, t.Masked(), t.Addr(), t.Addr().BitLen())
	}
	return t, nil
}

// Trusts tells whether an address is a trusted proxy's.
func (p *Proxies) Trusts(a netip.Addr) bool {
	if p == nil {
		return false
	}
	for _, t := range p.trusted {
		if t.Contains(a) {
			return true
		}
	}
	return false
}

// Count is how many ranges are trusted.
func (p *Proxies) Count() int {
	if p == nil {
		return 0
	}
	return len(p.trusted)
}

// Header is the one that is believed; "" = none.
func (p *Proxies) Header() string {
	if p == nil {
		return ""
	}
	return p.header
}

// Protocol tells whether connections begin with the PROXY protocol.
func (p *Proxies) Protocol() bool { return p != nil && p.protocol }

// Client is the address that the request is believed to come from: IPv4 in IPv6
// is unmapped, and zones are off. It is invalid where not even the peer has one.
func (p *Proxies) Client(r *http.Request) (client netip.Addr) {
	for hop := range p.Hops(r) {
		if !hop.Addr.IsValid() {
			break // the nearest that can be believed stands for it
		}
		client = hop.Addr
	}
	return client
}

// Hop is one station of a request on its way from the client, as the one after
// it named it.
type Hop struct {
	Text    string     // what was written, at most maxText bytes
	Addr    netip.Addr // invalid where the text is no address
	Trusted bool       // what it says about the one before it is believed
}

// maxText bounds what is kept of an element, in bytes. All of it is read: a proxy
// may write into its own what a client says, such as the host, and a client that
// makes that long must not hide its address.
const maxText = 512

// maxHops bounds how many stations are looked at.
const maxHops = 32

// Hops are the stations, beginning with the peer. They end with the first that
// is not trusted or has no address.
func (p *Proxies) Hops(r *http.Request) iter.Seq[Hop] {
	return func(yield func(Hop) bool) {
		hop := p.peer(r.RemoteAddr)
		if !yield(hop) || !hop.Trusted || p.header == "" {
			return
		}
		left := maxHops
		for element := range fromRight(r.Header.Values(p.header)) {
			if left--; left < 0 {
				return
			}
			if element == "" {
				continue // RFC 9110, 5.6.1: an empty element counts for nothing
			}
			hop = p.hop(element)
			if !yield(hop) || !hop.Trusted {
				return
			}
		}
	}
}

func (p *Proxies) peer(remote string) Hop {
	hop := Hop{Text: remote[:min(len(remote), maxText)]}
	if at, err := netip.ParseAddrPort(remote); err == nil {
		hop.Addr = Plain(at.Addr())
		hop.Trusted = p.Trusts(hop.Addr)
	}
	return hop
}

func (p *Proxies) hop(element string) Hop {
	hop := Hop{Text: element[:min(len(element), maxText)]}
	node, ok := element, true
	if p.header == Forwarded {
		node, ok = forOf(element)
	}
	if ok {
		hop.Addr = addressOf(node)
		hop.Trusted = p.Trusts(hop.Addr)
	}
	return hop
}

// Plain is an address in the one form in which addresses are compared.
func Plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// Ignored tells of a peer whose word about the client is not taken, and which is
// where a proxy would be: on this machine or in a private network.
func (p *Proxies) Ignored(r *http.Request) (peer netip.Addr, ok bool) {
	if len(r.Header[XForwardedFor]) == 0 && len(r.Header[Forwarded]) == 0 {
		return peer, false
	}
	hop := p.peer(r.RemoteAddr)
	return hop.Addr, !hop.Trusted && nearby(hop.Addr)
}

// shared is the space between carriers and their customers, RFC 6598.
var shared = netip.MustParsePrefix("100.64.0.0/10")

func nearby(a netip.Addr) bool {
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || shared.Contains(a)
}
