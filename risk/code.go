package risk

import "fmt"

// Code names a reason, as events and APIs carry it.
type Code uint8

// The codes of reasons. Those above CodeAllowed come from features and carry
// evidence in nats; the others come from rules, and a code may come from both.
const (
	CodeNone Code = iota
	CodeNewCountry
	CodeKnownCountry
	CodeNewNetwork
	CodeKnownNetwork
	CodeNewAddress
	CodeKnownAddress
	CodeUnusualLocation
	CodeNewPlace
	CodeKnownPlace
	CodeImpossibleTravel
	CodeNewZone
	CodeZoneMismatch
	CodeNewDevice
	CodeMissingDevice
	CodeKnownDevice
	CodeDeviceChanged
	CodeUnusualAgent
	CodeKnownAgent
	CodeOlderAgent
	CodeOutdatedAgent
	CodeNewModel
	CodeAutomation
	CodeUnusualHour
	CodeUsualHour
	CodeHostingNetwork
	CodeVPNNetwork
	CodeTorNetwork
	CodeRelayNetwork
	CodeMobileNetwork
	CodeAnomaly
	CodeNewContext
	CodeNetworkReputation
	CodeAgentReputation
	CodeDeviceReputation
	CodeCredentialStuffing
	CodeBruteForce
	CodeSecondFactor
	CodePasswordSpray
	CodeCampaign

	CodeAllowed       // the address is on the list of those always allowed
	CodeDenied        // the address is on the list of those always blocked
	CodeFamiliar      // known device on a known network: at most Low
	CodeStrangeSignIn // new country, new network and no known device: at least Medium
	CodeProfileLost   // the stored profile could not be read
	CodeFirstSignIn   // nothing is known of the user
	CodeUnreadable    // the address of the client is not known
	CodeMalformed     // the attempt holds values that cannot be
	numCodes          = iota
)

var codeNames = [numCodes]string{
	CodeNone:               "NONE",
	CodeNewCountry:         "NEW_COUNTRY",
	CodeKnownCountry:       "KNOWN_COUNTRY",
	CodeNewNetwork:         "NEW_NETWORK",
	CodeKnownNetwork:       "KNOWN_NETWORK",
	CodeNewAddress:         "NEW_ADDRESS",
	CodeKnownAddress:       "KNOWN_ADDRESS",
	CodeUnusualLocation:    "UNUSUAL_LOCATION",
	CodeNewPlace:           "NEW_PLACE",
	CodeKnownPlace:         "KNOWN_PLACE",
	CodeImpossibleTravel:   "IMPOSSIBLE_TRAVEL",
	CodeNewZone:            "NEW_TIME_ZONE",
	CodeZoneMismatch:       "TIME_ZONE_MISMATCH",
	CodeNewDevice:          "NEW_DEVICE",
	CodeMissingDevice:      "MISSING_DEVICE",
	CodeKnownDevice:        "KNOWN_DEVICE",
	CodeDeviceChanged:      "DEVICE_CHANGED",
	CodeUnusualAgent:       "UNUSUAL_AGENT",
	CodeKnownAgent:         "KNOWN_AGENT",
	CodeOlderAgent:         "OLDER_AGENT",
	CodeOutdatedAgent:      "OUTDATED_AGENT",
	CodeNewModel:           "NEW_MODEL",
	CodeAutomation:         "AUTOMATION",
	CodeUnusualHour:        "UNUSUAL_HOUR",
	CodeUsualHour:          "USUAL_HOUR",
	CodeHostingNetwork:     "HOSTING_NETWORK",
	CodeVPNNetwork:         "VPN_NETWORK",
	CodeTorNetwork:         "TOR_NETWORK",
	CodeRelayNetwork:       "RELAY_NETWORK",
	CodeMobileNetwork:      "MOBILE_NETWORK",
	CodeAnomaly:            "STATISTICAL_ANOMALY",
	CodeNewContext:         "NEW_CONTEXT",
	CodeNetworkReputation:  "NETWORK_REPUTATION",
	CodeAgentReputation:    "AGENT_REPUTATION",
	CodeDeviceReputation:   "DEVICE_REPUTATION",
	CodeCredentialStuffing: "CREDENTIAL_STUFFING",
	CodeBruteForce:         "BRUTE_FORCE",
	CodeSecondFactor:       "SECOND_FACTOR_FAILURES",
	CodePasswordSpray:      "PASSWORD_SPRAY",
	CodeCampaign:           "CAMPAIGN",
	CodeAllowed:            "ALWAYS_ALLOWED",
	CodeDenied:             "ALWAYS_BLOCKED",
	CodeFamiliar:           "FAMILIAR_CONTEXT",
	CodeStrangeSignIn:      "STRANGE_SIGN_IN",
	CodeProfileLost:        "PROFILE_LOST",
	CodeFirstSignIn:        "FIRST_SIGN_IN",
	CodeUnreadable:         "ADDRESS_UNKNOWN",
	CodeMalformed:          "MALFORMED_ATTEMPT",
}

// String gives the code as events carry it: "NEW_DEVICE".
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return codeNames[CodeNone]
}

// MarshalText writes what String gives.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes, and refuses everything else.
func (c *Code) UnmarshalText(text []byte) error {
	for i, name := range codeNames {
		if string(text) == name {
			*c = Code(i)
			return nil
		}
	}
	return fmt.Errorf("risk: no reason is called %.40q", text)
}
