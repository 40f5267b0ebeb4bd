package risk

import (
	"net/netip"
	"time"
)

// Attempt is one try to sign in, as far as it is known. Every member may be
// absent: what is not known counts neither for nor against, and nothing that
// stands here is an error, however absurd.
type Attempt struct {
	// User is any stable name of the account. It tells accounts apart where
	// everybody's attempts are counted, as a keyed hash; "" is counted as one
	// account like any other.
	User string

	Time    time.Time  // when; the zero time is taken for the engine's own clock
	Address netip.Addr // of the client, not of a proxy before us; IPv4 in IPv6 is unmapped
	Place   Place      // where that address is believed to be
	Agent   Agent      // what the client says it is
	Device  Device     // the key that the client brought
	Zone    Zone       // the clock that the client says it has

	// Password is a keyed digest of the password that was typed, equal for equal
	// passwords over all accounts of the pool; 0 means unknown. It is compared in
	// memory alone and is never part of a profile or of a snapshot.
	Password uint64

	// Travelling says that somebody who knows (an administrator, a calendar, a
	// trigger) expects the user to be away: novelty of place and network then
	// counts half, as in trip mode.
	Travelling bool
}

// Place is where an address is believed to be, and by what network it reaches us.
type Place struct {
	Country string // ISO 3166-1 alpha-2, upper case; "" unknown
	Region  string // any stable name; "" unknown
	City    string // any stable name; "" unknown

	// Lat and Lon are degrees, read only when Located. Values outside
	// [-90, 90] and [-180, 180], infinities and NaN are taken for not located.
	Lat, Lon float64
	Located  bool

	// RadiusKm is the accuracy radius that the source of the place states; 0
	// when it states none, and then a radius by network class is assumed.
	RadiusKm float64

	ASN     uint32  // autonomous system number; 0 unknown
	Network Network // what kind of network it is
}

// Network is the kind of network an address belongs to.
type Network uint8

// The kinds of network. Relay is a privacy relay with people behind it and the
// region preserved; Corporate is a network that the operator calls its own.
const (
	NetworkUnknown Network = iota
	NetworkFixed
	NetworkMobile
	NetworkHosting
	NetworkVPN
	NetworkTor
	NetworkRelay
	NetworkCorporate
)

var networkNames = [...]string{"unknown", "fixed", "mobile", "hosting", "vpn", "tor", "relay", "corporate"}

// String gives the name that ParseNetwork reads.
func (n Network) String() string {
	if int(n) < len(networkNames) {
		return networkNames[n]
	}
	return networkNames[NetworkUnknown]
}

// ParseNetwork reads a name in lower case. What it does not know is
// NetworkUnknown, and false.
func ParseNetwork(name string) (Network, bool) {
	for i, known := range networkNames {
		if name == known {
			return Network(i), true
		}
	}
	return NetworkUnknown, false
}

// Agent is what a client says of itself. All of it is claimed, none of it proven.
type Agent struct {
	Family     string // of the browser or program: "Chrome"; "" unknown
	Major      int    // its major version; 0 unknown
	OS         string // operating system without version: "Windows"; "" unknown
	Class      string // "desktop", "mobile", "tablet", "tool" ...; "" unknown
	Model      string // of the hardware, where it is told; "" unknown
	Automation bool   // the string names a tool, a bot or a driven browser
	Hash       uint64 // of the whole string, equal for equal strings; 0 unknown
}

// Device is the key that a client brought to be recognised by.
type Device struct {
	Key   string // any bytes, compared whole; "" when the client brought none
	Trust Trust  // how hard it would be to bring somebody else's key
}

// Trust is how well a device key is protected.
type Trust uint8

// Claimed is whatever the client says, such as a device id inside a request.
// Cookie is a first-party cookie that we set. Remembered is a key that was proven
// by a secret which never travels, as in Cognito's device authentication.
const (
	Claimed Trust = iota
	Cookie
	Remembered
)

var trustNames = [...]string{"claimed", "cookie", "remembered"}

// unproven is the trust of a device in a profile that was only ever seen in
// sign-ins without a question from where the user never was. It is no device of the
// user's: whoever has the password could have brought it.
const unproven = Trust(3)

// provenWeight is that of an unproven device which has been seen often enough: four
// times within days.
const provenWeight = 0.9

// String gives the name that ParseTrust reads.
func (t Trust) String() string {
	if int(t) < len(trustNames) {
		return trustNames[t]
	}
	return trustNames[Claimed]
}

// ParseTrust reads a name in lower case. What it does not know is Claimed, the
// least, and false.
func ParseTrust(name string) (Trust, bool) {
	for i, known := range trustNames {
		if name == known {
			return Trust(i), true
		}
	}
	return Claimed, false
}

// Zone is the offset from UTC of the client's own clock. The zero Zone is unknown.
type Zone struct {
	Minutes int16 // east of Greenwich, -720 to 840
	Known   bool
}

// ZoneOf is a known offset in minutes east of Greenwich. An offset that no
// country uses is unknown.
func ZoneOf(minutes int) Zone {
	if minutes < -720 || minutes > 840 {
		return Zone{}
	}
	return Zone{Minutes: int16(minutes), Known: true}
}

// Outcome is how an attempt ended. It decides what the attempt may teach.
type Outcome uint8

// How an attempt can end, and what of it is learned. A weight is what one
// sign-in adds to everything it showed.
//
//	                profile                                  world
//	Success         weight 1 at level none, or at low with   a success
//	                a known device; else .25, or .02 once a
//	                day at medium and high from a new
//	                address; no more than 1 in all. Who is
//	                let in without a question cannot teach
//	                by repeating
//	Passed          weight 1; a new country starts a trip    a success
//	SignedUp        weight 1: the first thing that is known  a success
//	WrongPassword   a failure, if the context is foreign     a failure, and the password
//	MFAFailed       the same, counted apart                  a failure
//	Abandoned       the same, counted apart, half            half a failure
//	Blocked         nothing                                  nothing
const (
	Success       Outcome = iota // signed in, and nothing more was asked
	Passed                       // signed in after a challenge
	SignedUp                     // the account was made in this context
	WrongPassword                // the password was wrong
	MFAFailed                    // the password was right, the second factor was not
	Abandoned                    // the password was right, the challenge was left unanswered
	Blocked                      // we refused
)

var outcomeNames = [...]string{"success", "passed", "signed_up", "wrong_password", "mfa_failed", "abandoned", "blocked"}

// String gives the name that ParseOutcome reads.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return outcomeNames[Blocked]
}

// ParseOutcome reads a name in lower case. What it does not know is Blocked,
// which teaches nothing, and false.
func ParseOutcome(name string) (Outcome, bool) {
	for i, known := range outcomeNames {
		if name == known {
			return Outcome(i), true
		}
	}
	return Blocked, false
}
