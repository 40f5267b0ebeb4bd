package server

import (
	"net"
	"net/http"
	"sync"
)

// untaken tells, once, that something nearby says for whom it asks and is not
// believed: all users then seem to be at its address, which blinds whatever looks
// at addresses. Whether that is a proxy or a client that plays one, only the
// operator knows.
func (s *Server) untaken(h http.Handler) http.Handler {
	if s.cfg.Dev {
		return h
	}
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, ok := s.proxies.Ignored(r); ok {
			once.Do(func() {
				s.cfg.Log.Warn("a request seems to come through a proxy that is not trusted: all of its clients have the proxy's address; see /_gatehouse/whoami",
					"peer", peer, "setting", "trusted-proxies")
			})
		}
		h.ServeHTTP(w, r)
	})
}

// refusal tells, once loudly, of a peer that may not connect while the PROXY
// protocol is on.
func (s *Server) refusal() func(net.Addr) {
	var once sync.Once
	return func(peer net.Addr) {
		const text = "a connection was refused: with proxy-protocol on, only trusted proxies may connect"
		s.cfg.Log.Debug(text, "peer", peer)
		once.Do(func() { s.cfg.Log.Warn(text, "peer", peer, "setting", "trusted-proxies") })
	}
}
