package geo

import "strings"

// Source is a set of those that an answer came from.
type Source uint16

// The sources. FromRules is the list of reserved addresses.
const (
	FromAtlas Source = 1 << iota
	FromCityFile
	FromASNFile
	FromAnonymousFile
	FromVPNRanges
	FromRelayRanges
	FromTorExits
	FromOwnNetworks
	FromRules
	sources = iota
)

var sourceNames = [sources]string{
	"built-in", "city-file", "asn-file", "anonymous-file",
	"vpn-ranges", "relay-ranges", "tor-exits", "own-networks", "reserved",
}

// String names the sources, as in "built-in+tor-exits"; "none" if there is none.
func (s Source) String() string {
	var names []string
	for i, name := range sourceNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "+")
}
