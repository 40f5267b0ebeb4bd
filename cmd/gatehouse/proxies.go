package main

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// proxySettings tell who may say for whom a request is made.
type proxySettings struct {
	TrustedProxies  []proxyRange    `placeholder:"CIDR" help:"Addresses of the proxies and load balancers in front, as this server sees them: 10.0.0.0/8. What they say about where a request comes from is believed, and nobody else's word. May be given several times, or as a list. Unset: the peer of each connection is the client. /_gatehouse/whoami shows what is believed."`
	ForwardedHeader forwardedHeader `placeholder:"NAME" help:"Header in which trusted proxies write the client's address: x-forwarded-for, or forwarded (RFC 7239). It must be one that they write: any other can be forged. Unset: x-forwarded-for, or none with proxy-protocol."`
	ProxyProtocol   bool            `help:"Trusted proxies begin each connection with the PROXY protocol, version 1 or 2. Nobody else can connect then."`
}

// config translates.
func (s proxySettings) config() forwarded.Config {
	c := forwarded.Config{Header: string(s.ForwardedHeader), Protocol: s.ProxyProtocol}
	for _, r := range s.TrustedProxies {
		c.Trusted = append(c.Trusted, netip.Prefix(r))
	}
	return c
}

// proxyRange is a range of addresses.
type proxyRange netip.Prefix

// UnmarshalText checks the range.
func (r *proxyRange) UnmarshalText(text []byte) error {
	p, err := forwarded.ParsePrefix(string(text))
	*r = proxyRange(p)
	return err
}

// joined writes a list as a variable would.
func joined(list []proxyRange) string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = netip.Prefix(r).String()
	}
	return strings.Join(texts, ",")
}

// forwardedHeader is a header that can be believed, as part/forwarded names it.
type forwardedHeader string

// UnmarshalText reads the name of the header in any case.
func (h *forwardedHeader) UnmarshalText(text []byte) error {
	for _, known := range []string{forwarded.XForwardedFor, forwarded.Forwarded} {
		if strings.EqualFold(string(text), known) {
			*h = forwardedHeader(known)
			return nil
		}
	}
	return fmt.Errorf("%q: want x-forwarded-for or forwarded", text)
}
