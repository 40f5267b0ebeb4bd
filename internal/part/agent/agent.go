// Package agent reads user agents: which browser, app or program signs in, and on what.
//
//	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
//	     │
//	     ├ scan      one pass: products (name/version) and the fields of comments
//	     ├ products  a name is looked up in one table; the most telling one wins
//	     ├ field     system, device class and model out of the comments
//	     ├ conclude  what was seen, weighed together
//	     ▼
//	Agent{Family: "Chrome", Major: 126, OS: "Windows", OSVersion: "10", Class: Desktop}
//	     │
//	     ├ Refine    client hints say more of what the string says already
//	     ├ Compare   since the last sign-in: same, forward, backward
//	     └ DeviceName "Chrome 126, Windows 10"
//
// A user agent is written by whoever sends it. So the words that come out are
// ours: Family and OS are one of a fixed set, OSVersion is one of a fixed set or
// digits, and only Model repeats the sender's text, if it is short printable ASCII. A
// notification that shows a DeviceName can therefore not be made to carry a
// stranger's message.
//
// Only the first [MaxBytes] bytes are looked at. Parse takes well under a
// microsecond for what is really sent, some microseconds at worst, and does not
// allocate; a [Cache] makes that a lookup.
package agent

import (
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// MaxBytes is how much of a user agent is looked at: two strings that agree in
// their first MaxBytes bytes give the same Agent. Real ones stay under half of
// it; the longest, of apps that embed a browser, have about 450 bytes.
const MaxBytes = 1024

// maxModel bounds Agent.Model, in bytes.
const maxModel = 48

// Agent is what a user agent says of itself. The zero Agent is what is known of
// an empty string, but for its Hash.
//
// OSVersion and Model may be slices of the parsed string and keep all of it
// alive. What a [Cache] has kept is a slice of its own copy, of at most 512 bytes.
type Agent struct {
	// Family is the browser, app or program, the same on every system: "Chrome"
	// on Windows as on Android. Empty when nothing is known.
	Family string
	// Major is the first number of the family's version, 0 when the string has
	// none, or one above 65535.
	Major uint16
	// OS is the system: "Windows", "macOS", "iOS", "Android", "Linux",
	// "Chrome OS" ... Empty when nothing is known.
	OS string
	// OSVersion is the part of its version that names a release: "11", "18",
	// "10.15" for Mac OS X, "8.1" or "XP" for Windows. Browsers freeze it (see
	// docs/decisions/0152), so it is to be shown, and is no evidence.
	OSVersion string
	// Class is the kind of device.
	Class Class
	// Automation says that a program and not a person seems to be at work: bots,
	// headless and remote-controlled browsers, HTTP libraries, SDKs on servers.
	Automation bool
	// App says that an app speaks, or a browser inside an app.
	App bool
	// Model is the device's model where the string names one, at most 48 bytes
	// of printable ASCII, the sender's own words.
	Model string
	// Hash is XXH64 (seed 0) of the first MaxBytes bytes, the same in every
	// process and version. It is not keyed: whoever stores it keys it first.
	Hash uint64
}

// Class is the kind of device behind an agent.
type Class uint8

// The classes. Tool is a program without a person's browser, Bot one that
// names itself as a crawler, a preview or a monitor.
const (
	Unknown Class = iota
	Desktop
	Mobile
	Tablet
	TV
	Console
	Tool
	Bot
)

// String is the class in lower case, as in "desktop".
func (c Class) String() string {
	switch c {
	case Desktop:
		return "desktop"
	case Mobile:
		return "mobile"
	case Tablet:
		return "tablet"
	case TV:
		return "tv"
	case Console:
		return "console"
	case Tool:
		return "tool"
	case Bot:
		return "bot"
	}
	return "unknown"
}

// Parse reads a user agent. It never fails: what it does not know stays empty.
// It does not allocate.
func Parse(userAgent string) Agent {
	text := userAgent[:min(len(userAgent), MaxBytes)]
	var s seen
	s.scan(text)
	a := s.conclude()
	a.Hash = xxhash.Sum64String(text)
	return a
}

// other is Cognito's word for a browser or a system that it does not know.
const other = "Other"

// DeviceName is the agent as Cognito's events show it: family and major
// version, then the system, as in "Chrome 126, Windows 10". What is unknown is
// "Other". It holds words of this package and digits alone.
func (a Agent) DeviceName() string {
	var b strings.Builder
	b.Grow(48)
	if a.Family == "" {
		b.WriteString(other)
	} else {
		b.WriteString(a.Family)
		if a.Major > 0 {
			b.WriteByte(' ')
			b.WriteString(strconv.Itoa(int(a.Major)))
		}
	}
	b.WriteString(", ")
	switch {
	case a.OS == "":
		b.WriteString(other)
	case a.OS == macOS && strings.HasPrefix(a.OSVersion, "10"):
		b.WriteString("Mac OS X") // what it was called until 10.15, and what every browser on a Mac still sends
	default:
		b.WriteString(a.OS)
	}
	if a.OS != "" && a.OSVersion != "" {
		b.WriteByte(' ')
		b.WriteString(a.OSVersion)
	}
	return b.String()
}
