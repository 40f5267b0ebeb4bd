package server

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/door/ops"
)

// listening is a server with its listener.
type listening struct {
	http     *http.Server
	listener net.Listener
}

// openOps listens for those who watch over the server.
func (s *Server) openOps(h http.Handler) error {
	l, err := net.Listen("tcp", s.cfg.Ops)
	if err != nil {
		return fmt.Errorf("listen for health and metrics: %w", err)
	}
	s.ops = &listening{s.serverOf(h), l}
	return nil
}

// OpsURL is where health and metrics are served; empty where they are not.
func (s *Server) OpsURL() string {
	if s.ops == nil {
		return ""
	}
	return "http://" + s.ops.listener.Addr().String()
}

// healthy tells whether the database answers.
func (s *Server) healthy(ctx context.Context) error {
	return s.Store.View(ctx, func(tx *store.Tx) error {
		_, err := tx.CountPools()
		return err
	})
}

// maxWaiting is how far candidates are counted: more than an import lets wait.
const maxWaiting = 100_000

func (s *Server) gauges() []ops.Gauge {
	return []ops.Gauge{
		{
			Name: "breach_candidates_waiting", Help: "Leaked pairs of known users that wait to be tried, up to 100 000.",
			Read: func(ctx context.Context) (n float64, err error) {
				err = s.Store.View(ctx, func(tx *store.Tx) error {
					waiting, err := tx.CountCandidates(maxWaiting)
					n = float64(waiting)
					return err
				})
				return n, err
			},
		},
		{
			Name: "geo_files_failed", Help: "Files of places and networks that cannot be used as they are now. The ones before answer.",
			Read: func(context.Context) (float64, error) {
				if s.places == nil {
					return 0, nil
				}
				return float64(s.places.Failed()), nil
			},
		},
		{
			Name: "breach_segments_failed", Help: "Files of the breach index that cannot be read. Anything above 0 wants a person.",
			Read: func(context.Context) (n float64, err error) {
				if s.index == nil {
					return 0, nil
				}
				for _, m := range s.index.Mounts() {
					if m.Failed != nil {
						n++
					}
				}
				return n, nil
			},
		},
	}
}

// pairsOf is the part of an index that knows pairs. A nil index is no interface that holds one.
func pairsOf(x *breach.Index) breach.PairCorpus {
	if x == nil {
		return nil
	}
	return x
}
