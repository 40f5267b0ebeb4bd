package world

import (
	"net/netip"
	"time"
)

// Event is one attempt to sign in, and the truth about it.
type Event struct {
	Time      time.Time // UTC, to the millisecond
	User      string
	IP        netip.Addr
	Agent     Agent
	DeviceKey string // "" when the client brought none
	Trust     string // "remembered", "cookie" or "claimed"; "" without a key
	Zone      int16  // minutes east of Greenwich
	ZoneKnown bool
	Password  uint64 // equal for equal passwords; 0 unknown
	Result    string // "success", "wrong_password", "mfa_failed" or "abandoned"
	Probe     bool   // to be scored, and to teach nothing
	Place     Place  // what a database says of IP, right or wrong

	// The truth, which no scorer may look at.

	Label   string // Legit, or the name of an attacker
	Account int    // index of the user; -1 for a name that nobody has
	History int    // earlier successful sign-ins of that user
	Traits  Traits
	Matched bool // an attack in place of a real sign-in, not on a user drawn at random
}

// Legit is the label of what people do themselves.
const Legit = "legit"

// Place is what a database of addresses says. A member is zero where it says nothing.
type Place struct {
	Country, Region, City string
	Lat, Lon              float64
	Located               bool
	RadiusKm              float64
	ASN                   uint32
	Network               string
}

// Agent is a client's string, and what a parser that makes no mistakes finds in it.
type Agent struct {
	String     string
	Family     string // "Chrome"
	Major      int
	Version    string // the whole of it, as far as the string tells
	OS         string // "Windows"
	OSVersion  string // as far as the string tells
	Class      string // "desktop", "mobile", "tablet", "tool"
	Model      string
	Automation bool
}

// Traits tell in which of the ways that people are often taken for thieves an
// honest attempt was unusual.
type Traits uint8

// The traits of an honest attempt.
const (
	Travelling Traits = 1 << iota // away on a trip
	OverVPN                       // through a VPN of the user's own or the employer's
	OverRelay                     // through a privacy relay
	NewDevice                     // one of the first three sign-ins on a new device
	Shared                        // from an address that many users of the pool share
	NewHome                       // within 30 days of a move
)

// Has tells whether all of want are among the traits.
func (t Traits) Has(want Traits) bool { return t&want == want }
