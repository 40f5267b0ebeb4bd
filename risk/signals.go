package risk

// Detector is one way of looking at an attempt, as a person would name it.
type Detector uint8

// The detectors, in the order of the table.
const (
	ImpossibleTravel Detector = iota
	UnusualLocation
	NewDevice
	UnusualAgent
	UnusualHour
	BruteForce
	CredentialStuffing
	NetworkReputation
	Anomaly

	NumDetectors int = iota
)

// DetectorSet is a set of detectors.
type DetectorSet uint16

// Has tells whether a detector is in the set.
func (s DetectorSet) Has(d Detector) bool { return s&(1<<d) != 0 }

// Add puts a detector into the set.
func (s *DetectorSet) Add(d Detector) { *s |= 1 << d }

// signals is the table of detectors. To add one: its file, its switch in Policy,
// its features in FeatureTable, its row here, its story in testdata.
var signals = [NumDetectors]struct {
	name string
	on   func(*Policy) bool
	look func(*moment, *Vector)
}{
	ImpossibleTravel:   {"impossible_travel", func(p *Policy) bool { return p.ImpossibleTravel.On }, lookTravel},
	UnusualLocation:    {"unusual_location", func(p *Policy) bool { return p.UnusualLocation.On }, lookLocation},
	NewDevice:          {"new_device", func(p *Policy) bool { return p.NewDevice.On }, lookDevice},
	UnusualAgent:       {"unusual_agent", func(p *Policy) bool { return p.UnusualAgent.On }, lookAgent},
	UnusualHour:        {"unusual_hour", func(p *Policy) bool { return p.UnusualHour.On }, lookHour},
	BruteForce:         {"brute_force", func(p *Policy) bool { return p.BruteForce.On }, lookBruteForce},
	CredentialStuffing: {"credential_stuffing", func(p *Policy) bool { return p.CredentialStuffing.On }, lookStuffing},
	NetworkReputation:  {"network_reputation", func(p *Policy) bool { return p.NetworkReputation.On }, lookNetwork},
	Anomaly:            {"statistical_anomaly", func(p *Policy) bool { return p.Anomaly.On }, lookAnomaly},
}

// features asks every detector that is on. The features of one that is off stay 0.
func (m *moment) features(v *Vector) {
	*v = Vector{}
	for d := range signals {
		if !m.off.Has(Detector(d)) {
			signals[d].look(m, v)
		}
	}
}

// String gives the name: "impossible_travel".
func (d Detector) String() string {
	if int(d) < NumDetectors {
		return signals[d].name
	}
	return "unknown"
}
