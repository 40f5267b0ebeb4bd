package server

import (
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
)

// Places opens the files of places and networks; nil where there are none but
// the atlas in the program, which is opened when it is needed.
func (c Config) Places() (*geo.Finder, error) {
	if c.Geo.Empty() {
		return nil, nil
	}
	f, err := geo.New(c.Geo)
	if err != nil {
		return nil, fmt.Errorf("open files of places and networks: %w", err)
	}
	return f, nil
}

// placesChanged tells what became of a file that somebody replaced.
func (s *Server) placesChanged(path string, err error) {
	if err != nil {
		s.meter.Add(report.PlacesRefused, path)
		s.cfg.Log.Error("a new file of places and networks cannot be used; the one before answers", "path", path, "error", err)
		return
	}
	s.cfg.Log.Info("file of places and networks replaced", "path", path)
}
