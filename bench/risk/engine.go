package main

import (
	"fmt"
	"os"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
	"github.com/gatehouse-id/gatehouse/risk"
)

// subject is the engine of package risk with what it has learned in one world.
type subject struct {
	engine   *risk.Engine
	world    *risk.World
	profiles []risk.Profile
	agents   map[string]risk.Agent
	masked   bool // sees no device key and learns no failure
}

func newSubject(weights *risk.Weights, users int, masked bool) (*subject, error) {
	e, err := risk.New(risk.Config{Weights: weights, Key: risk.Key{7, 7, 7}})
	if err != nil {
		return nil, err
	}
	return &subject{
		engine: e, world: risk.NewWorld(risk.WorldConfig{}),
		profiles: make([]risk.Profile, users), agents: map[string]risk.Agent{}, masked: masked,
	}, nil
}

// attempt is the event as the engine is told of it, without the truth.
func (s *subject) attempt(e *world.Event) risk.Attempt {
	agent, ok := s.agents[e.Agent.String]
	if !ok {
		agent = risk.Agent{
			Family: e.Agent.Family, Major: e.Agent.Major, OS: e.Agent.OS, Class: e.Agent.Class, Model: e.Agent.Model,
			Automation: e.Agent.Automation, Hash: hashOf(e.Agent.String),
		}
		s.agents[e.Agent.String] = agent
	}
	network, _ := risk.ParseNetwork(e.Place.Network) // "" is unknown, as it should be
	a := risk.Attempt{
		User: e.User, Time: e.Time, Address: e.IP, Agent: agent, Password: e.Password,
		Place: risk.Place{
			Country: e.Place.Country, Region: e.Place.Region, City: e.Place.City,
			Lat: e.Place.Lat, Lon: e.Place.Lon, Located: e.Place.Located, RadiusKm: e.Place.RadiusKm,
			ASN: e.Place.ASN, Network: network,
		},
	}
	if e.ZoneKnown {
		a.Zone = risk.ZoneOf(int(e.Zone))
	}
	if !s.masked && e.DeviceKey != "" {
		trust, _ := risk.ParseTrust(e.Trust)
		a.Device = risk.Device{Key: e.DeviceKey, Trust: trust}
	}
	return a
}

// hashOf is FNV-1a, written out because a hash.Hash for every agent costs an allocation.
func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func (s *subject) profile(account int) *risk.Profile {
	if account < 0 {
		return nil
	}
	return &s.profiles[account]
}

// learn teaches what a real event teaches, as `gatehouse risk score` does.
func (s *subject) learn(e *world.Event, a *risk.Attempt, level risk.Level) {
	outcome, _ := risk.ParseOutcome(e.Result)
	if s.masked && outcome != risk.Success {
		return
	}
	if outcome == risk.Success && level >= risk.Medium {
		outcome = risk.Passed // a challenge was asked, and honest people pass it
	}
	s.engine.Learn(a, s.profile(e.Account), s.world, outcome, level)
}

// sizes are the mean and the largest size of the profiles that are not empty, in
// bytes as stored.
func (s *subject) sizes() (mean float64, largest int, err error) {
	buf := make([]byte, 0, risk.MaxProfile)
	n := 0
	for i := range s.profiles {
		if s.profiles[i].Empty() {
			continue
		}
		if buf, err = s.profiles[i].AppendBinary(buf[:0]); err != nil {
			return 0, 0, err
		}
		mean += float64(len(buf))
		largest = max(largest, len(buf))
		n++
	}
	return mean / float64(max(n, 1)), largest, nil
}

// readWeights reads a weights file; "" means those that are shipped.
func readWeights(path string) (*risk.Weights, error) {
	if path == "" {
		return risk.DefaultWeights(), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w, err := risk.ReadWeights(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return w, nil
}
