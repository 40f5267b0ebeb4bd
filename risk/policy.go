package risk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"time"
)

// Policy says which detectors look and where they draw their lines. It is plain
// data: ReadPolicy and MarshalJSON are its form on disk, and in that form an
// unknown member is refused.
type Policy struct {
	ImpossibleTravel   TravelPolicy   `json:"impossibleTravel"`
	UnusualLocation    LocationPolicy `json:"unusualLocation"`
	NewDevice          SwitchPolicy   `json:"newDevice"`
	UnusualAgent       SwitchPolicy   `json:"unusualAgent"`
	UnusualHour        HourPolicy     `json:"unusualHour"`
	BruteForce         FailurePolicy  `json:"bruteForce"`
	CredentialStuffing StuffingPolicy `json:"credentialStuffing"`
	NetworkReputation  NetworkPolicy  `json:"networkReputation"`
	Anomaly            AnomalyPolicy  `json:"statisticalAnomaly"`

	Ceiling bool  `json:"familiarCeiling"` // a known device on a known network is at most Low
	Strange Level `json:"strangeSignIn"`   // least level of new country, new network and no known device
	Lost    Level `json:"profileLost"`     // least level while a damaged profile is learned anew

	// Levels are the scores from which a level is reached, in the order Low,
	// Medium, High, ascending. Nil means the cut points of the weights.
	Levels *[3]float64 `json:"levels,omitempty"`

	AlwaysAllow []netip.Prefix `json:"alwaysAllow,omitempty"`
	AlwaysBlock []netip.Prefix `json:"alwaysBlock,omitempty"` // wins over AlwaysAllow
}

// SwitchPolicy is that of a detector without thresholds.
type SwitchPolicy struct {
	On bool `json:"on"`
}

// TravelPolicy is that of impossible travel: a distance in excess of both radii
// of more than MinKm, at more than SpeedKmh when half an hour is granted for
// clocks and gateways.
type TravelPolicy struct {
	On       bool    `json:"on"`
	SpeedKmh float64 `json:"speedKmh"`
	MinKm    float64 `json:"minKm"`
	Floor    Level   `json:"floor"`        // with a device key of the user's
	Strange  Level   `json:"floorStrange"` // without one
}

// LocationPolicy is that of unusual locations, which needs Baseline sign-ins
// before it calls anything unusual.
type LocationPolicy struct {
	On       bool `json:"on"`
	Baseline int  `json:"baseline"`
}

// HourPolicy is that of unusual hours.
type HourPolicy struct {
	On       bool `json:"on"`
	Baseline int  `json:"baseline"`
}

// FailurePolicy is that of brute force: Failures of one account from contexts
// that its user never used inside Window, and then a success from such a context.
type FailurePolicy struct {
	On       bool     `json:"on"`
	Failures int      `json:"failures"`
	Window   Duration `json:"window"` // at most a day
	Floor    Level    `json:"floor"`
}

// StuffingPolicy is that of credential stuffing and password spraying: Accounts
// tried and failed from one address or device, or with one password.
type StuffingPolicy struct {
	On       bool  `json:"on"`
	Accounts int   `json:"accounts"`
	Floor    Level `json:"floor"`
}

// NetworkPolicy is that of network classes and reputation.
type NetworkPolicy struct {
	On    bool  `json:"on"`
	Tor   Level `json:"floorTor"`   // least level over Tor without a known device
	Tools Level `json:"floorTools"` // least level of automation without a known device
}

// AnomalyPolicy is that of the statistical anomaly, which needs Baseline sign-ins
// to know what is usual.
type AnomalyPolicy struct {
	On       bool `json:"on"`
	Baseline int  `json:"baseline"`
}

// Duration is a time.Duration that is written as "15m0s".
type Duration time.Duration

// MarshalText writes the form of time.Duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads the form of time.ParseDuration.
func (d *Duration) UnmarshalText(text []byte) error {
	got, err := time.ParseDuration(string(text))
	*d = Duration(got)
	return err
}

// DefaultPolicy is what Gatehouse ships: every detector on.
func DefaultPolicy() Policy {
	return Policy{
		ImpossibleTravel:   TravelPolicy{On: true, SpeedKmh: 900, MinKm: 200, Floor: Medium, Strange: High},
		UnusualLocation:    LocationPolicy{On: true, Baseline: 3},
		NewDevice:          SwitchPolicy{On: true},
		UnusualAgent:       SwitchPolicy{On: true},
		UnusualHour:        HourPolicy{On: true, Baseline: 5},
		BruteForce:         FailurePolicy{On: true, Failures: 5, Window: Duration(15 * time.Minute), Floor: High},
		CredentialStuffing: StuffingPolicy{On: true, Accounts: 20, Floor: Medium},
		NetworkReputation:  NetworkPolicy{On: true, Tor: Medium, Tools: Medium},
		Anomaly:            AnomalyPolicy{On: true, Baseline: 5},
		Ceiling:            true,
		Strange:            Medium,
		Lost:               Medium,
	}
}

// PresetNames are the names that Preset knows.
func PresetNames() []string { return []string{"balanced", "quiet", "strict"} }

// Preset gives a policy by its name: "balanced" is DefaultPolicy; "quiet" has no
// floor above Low but those of impossible travel and brute force, for pools that
// would rather miss than ask; "strict" has a floor at High wherever the balanced
// one has Medium, and no ceiling.
func Preset(name string) (Policy, bool) {
	p := DefaultPolicy()
	switch name {
	case "balanced":
	case "quiet":
		p.ImpossibleTravel.Floor, p.ImpossibleTravel.Strange = Low, Medium
		p.BruteForce.Floor = Medium
		p.CredentialStuffing.Floor = Low
		p.NetworkReputation.Tor, p.NetworkReputation.Tools = Low, Low
		p.Strange, p.Lost = Low, Low
	case "strict":
		p.ImpossibleTravel.Floor = High
		p.CredentialStuffing.Floor = High
		p.NetworkReputation.Tor, p.NetworkReputation.Tools = High, High
		p.Strange, p.Lost = High, High
		p.Ceiling = false
	default:
		return Policy{}, false
	}
	return p, true
}

// maxPolicy bounds what is read: far more than the longest lists need.
const maxPolicy = 1 << 20

// ReadPolicy reads one JSON object. What it does not name is as in
// DefaultPolicy; an unknown member, a second value or a threshold that cannot be
// is an error.
func ReadPolicy(r io.Reader) (Policy, error) {
	p := DefaultPolicy()
	if err := readStrict(r, maxPolicy, &p); err != nil {
		return Policy{}, fmt.Errorf("read policy: %w", err)
	}
	if err := p.Check(); err != nil {
		return Policy{}, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}

// Check refuses thresholds that cannot be meant.
func (p *Policy) Check() error {
	type line struct {
		wrong bool
		what  string
	}
	t := &p.ImpossibleTravel
	for _, l := range []line{
		{!(t.SpeedKmh >= 50 && t.SpeedKmh <= 30000), "impossibleTravel.speedKmh is not between 50 and 30000"},
		{!(t.MinKm >= 0 && t.MinKm <= 20100), "impossibleTravel.minKm is not between 0 and 20100"},
		{p.UnusualLocation.Baseline < 1 || p.UnusualLocation.Baseline > 1000, "unusualLocation.baseline is not between 1 and 1000"},
		{p.UnusualHour.Baseline < 1 || p.UnusualHour.Baseline > 1000, "unusualHour.baseline is not between 1 and 1000"},
		{p.Anomaly.Baseline < 1 || p.Anomaly.Baseline > 1000, "statisticalAnomaly.baseline is not between 1 and 1000"},
		{p.BruteForce.Failures < 1 || p.BruteForce.Failures > maxFailures, fmt.Sprintf("bruteForce.failures is not between 1 and %d", maxFailures)},
		{p.BruteForce.Window < Duration(time.Second) || p.BruteForce.Window > Duration(24*time.Hour), "bruteForce.window is not between 1s and 24h"},
		{p.CredentialStuffing.Accounts < 2 || p.CredentialStuffing.Accounts > 48, "credentialStuffing.accounts is not between 2 and 48"},
	} {
		if l.wrong {
			return errors.New(l.what)
		}
	}
	for _, l := range []Level{t.Floor, t.Strange, p.BruteForce.Floor, p.CredentialStuffing.Floor, p.NetworkReputation.Tor, p.NetworkReputation.Tools, p.Strange, p.Lost} {
		if l > High {
			return fmt.Errorf("level %d does not exist", l)
		}
	}
	if c := p.Levels; c != nil {
		if !slices.IsSorted(c[:]) || math.IsNaN(c[0]+c[1]+c[2]) || math.IsInf(c[0], 0) || math.IsInf(c[2], 0) {
			return errors.New("levels are not three ascending scores")
		}
	}
	for _, list := range [][]netip.Prefix{p.AlwaysAllow, p.AlwaysBlock} {
		for _, prefix := range list {
			if !prefix.IsValid() {
				return errors.New("a list of addresses holds one that is none")
			}
		}
	}
	return nil
}

// readStrict decodes exactly one JSON value of at most limit bytes, and refuses
// members that the target does not have.
func readStrict(r io.Reader, limit int64, into any) error {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return err
	}
	if int64(len(data)) > limit {
		return fmt.Errorf("more than %d bytes", limit)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the document")
	}
	return nil
}
