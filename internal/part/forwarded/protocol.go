package forwarded

import (
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// protocolTime is how long a proxy may take to say for whom it connects.
const protocolTime = 5 * time.Second

// Listen takes the PROXY protocol off each connection, so that its peer is the
// one that the proxy names; where the protocol is not used, the listener is
// returned as it is. A trusted proxy must begin with a header. Whoever else
// connects is refused, which refused, unless nil, is told: a port that took both
// would let everybody choose (the protocol's specification, section 2).
func (p *Proxies) Listen(l net.Listener, refused func(peer net.Addr)) net.Listener {
	if !p.Protocol() {
		return l
	}
	return &proxyproto.Listener{
		Listener:          &gate{l, p, refused},
		ReadHeaderTimeout: protocolTime,
		ConnPolicy: func(proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			return proxyproto.REQUIRE, nil
		},
	}
}

// gate lets trusted proxies connect. The library can do so too, but stops
// listening if a connection cannot be closed cleanly, which on some systems the
// refused peer has in its hands.
type gate struct {
	net.Listener
	proxies *Proxies
	refused func(peer net.Addr)
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer := conn.RemoteAddr()
		at, err := netip.ParseAddrPort(peer.String())
		if err == nil && g.proxies.Trusts(Plain(at.Addr())) {
			return conn, nil
		}
		conn.Close() //nolint:errcheck // it is refused either way
		if g.refused != nil {
			g.refused(peer)
		}
	}
}
