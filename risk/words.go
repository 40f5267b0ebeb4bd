package risk

import (
	"fmt"
	"math"
	"strings"
)

// phrase is how a code is said: to administrators with what was seen, to the user
// in a few words, or not at all.
type phrase struct {
	text func(*Reason) string
	user string
}

func plain(s string) func(*Reason) string { return func(*Reason) string { return s } }

// phrases is the table of words. What is not told to a user would help a stranger
// who holds the account.
var phrases = [numCodes]phrase{
	CodeNone:         {plain("nothing"), ""},
	CodeNewCountry:   {func(r *Reason) string { return "first sign-in from " + orUnknown(countryText(r.Subject)) }, "a new country"},
	CodeKnownCountry: {func(r *Reason) string { return "a country of the user's: " + countryText(r.Subject) }, ""},
	CodeNewNetwork: {func(r *Reason) string {
		return "a network the user never used" + asn(r)
	}, "a new network"},
	CodeKnownNetwork: {func(r *Reason) string { return "a network of the user's" + asn(r) }, ""},
	CodeNewAddress:   {plain("an address the user never used"), ""},
	CodeKnownAddress: {plain("an address of the user's"), ""},
	CodeUnusualLocation: {func(r *Reason) string {
		return distance(r, "far from every place of the user's", "the nearest place of the user's")
	}, "an unusual place"},
	CodeNewPlace: {func(r *Reason) string {
		return distance(r, "not a place of the user's, of whom little is known", "the nearest place of the user's")
	}, "a new place"},
	CodeKnownPlace: {func(r *Reason) string { return "a place of the user's" + named(r.Subject) }, ""},
	CodeImpossibleTravel: {func(r *Reason) string {
		return fmt.Sprintf("%.0f km%s in %s from the last place, beyond what both locations may be wrong by", r.Value, to(r.Subject), hours(r.Baseline))
	}, "too far from your last sign-in"},
	CodeNewZone: {func(r *Reason) string { return fmt.Sprintf("a clock the user never had: UTC%+g h", r.Value) }, ""},
	CodeZoneMismatch: {func(r *Reason) string {
		return fmt.Sprintf("the client's clock, UTC%+g h, is not that of the place", r.Value)
	}, ""},
	CodeNewDevice:     {plain("a device the user never used"), "a new device"},
	CodeMissingDevice: {plain("no device key, where one would be usual"), "a new device"},
	CodeKnownDevice: {func(r *Reason) string {
		return fmt.Sprintf("a device of the user's (%s)", r.Subject)
	}, ""},
	CodeDeviceChanged: {plain("the key of a known device in another browser, or in an older version of it"), "a changed device"},
	CodeUnusualAgent:  {func(r *Reason) string { return "not a browser of the user's" + agentText(r) }, "a new browser"},
	CodeKnownAgent:    {func(r *Reason) string { return "a browser of the user's" + agentText(r) }, ""},
	CodeOlderAgent:    {func(r *Reason) string { return "an older version than the user's" + agentText(r) + last(r) }, ""},
	CodeOutdatedAgent: {func(r *Reason) string { return "a version that others have left behind" + agentText(r) }, ""},
	CodeNewModel:      {func(r *Reason) string { return "a model the user never used" + named(r.Subject) }, "a new device"},
	CodeAutomation:    {func(r *Reason) string { return "a tool, not a browser" + agentText(r) }, ""},
	CodeUnusualHour: {func(r *Reason) string {
		if r.Subject != "" {
			return "a day the user is seldom seen on: " + r.Subject
		}
		return "an hour the user is seldom seen at: " + clock(r.Value)
	}, "an unusual hour"},
	CodeUsualHour:      {func(r *Reason) string { return "an hour the user is often seen at: " + clock(r.Value) }, ""},
	CodeHostingNetwork: {func(r *Reason) string { return "a hosting network" + asn(r) }, ""},
	CodeVPNNetwork:     {func(r *Reason) string { return "a VPN new to the user" + asn(r) }, ""},
	CodeTorNetwork:     {plain("the Tor network"), ""},
	CodeRelayNetwork:   {func(r *Reason) string { return "a privacy relay" + asn(r) }, ""},
	CodeMobileNetwork:  {func(r *Reason) string { return "a mobile network, where addresses change" + asn(r) }, ""},
	CodeAnomaly: {func(r *Reason) string {
		return fmt.Sprintf("more at once is unlike the user than is usual: %g of 6 new", r.Value)
	}, ""},
	CodeNewContext: {plain("an unfamiliar device where other things are new too"), ""},
	CodeNetworkReputation: {func(r *Reason) string {
		return fmt.Sprintf("strangers failed from this network: %.0f failures, %.0f sign-ins", r.Value, r.Baseline)
	}, ""},
	CodeAgentReputation: {func(r *Reason) string {
		return fmt.Sprintf("strangers failed with this agent: %.0f failures, %.0f sign-ins", r.Value, r.Baseline)
	}, ""},
	CodeDeviceReputation: {func(r *Reason) string {
		return fmt.Sprintf("failures with this device key: %.0f, and %.0f sign-ins", r.Value, r.Baseline)
	}, ""},
	CodeCredentialStuffing: {func(r *Reason) string {
		return fmt.Sprintf("%s accounts were tried from here and failed", atMost(r.Value))
	}, ""},
	CodeBruteForce: {func(r *Reason) string {
		return fmt.Sprintf("%.0f failures from contexts the user never used", r.Value)
	}, "wrong passwords before this"},
	CodeSecondFactor: {func(r *Reason) string {
		return fmt.Sprintf("the password was right and the second factor was not, %.0f times", max(r.Value, 1))
	}, "someone may know your password"},
	CodePasswordSpray: {func(r *Reason) string {
		return fmt.Sprintf("this very password failed on %s accounts", atMost(r.Value))
	}, ""},
	CodeCampaign: {plain("a campaign: this agent or network fails far more than normal"), ""},
	CodeAllowed:  {plain("the address is always allowed"), ""},
	CodeDenied:   {plain("the address is always blocked"), ""},
	CodeFamiliar: {plain("a device of the user's in its own browser: at most low"), ""},
	CodeStrangeSignIn: {func(r *Reason) string {
		return "a new country, a new network and no device of the user's" + named(r.Subject)
	}, "a new country"},
	CodeProfileLost: {plain("what was known of the user could not be read"), ""},
	CodeFirstSignIn: {plain("nothing is known of the user yet"), ""},
	CodeUnreadable:  {plain("the client's address is not known"), ""},
	CodeMalformed:   {plain("a place that cannot be was ignored"), ""},
}

// Text says the reason to an administrator, with what was seen.
func (r *Reason) Text() string {
	if int(r.Code) >= len(phrases) {
		return phrases[CodeNone].text(r)
	}
	return phrases[r.Code].text(r)
}

// UserText says the reason to the user, shorter; "" for what a user is not told,
// because it reassures or because it would teach a stranger.
func (r *Reason) UserText() string {
	if int(r.Code) >= len(phrases) {
		return ""
	}
	return phrases[r.Code].user
}

// AppendText appends what Text gives.
func (r *Reason) AppendText(b []byte) ([]byte, error) { return append(b, r.Text()...), nil }

func asn(r *Reason) string {
	if r.Number == 0 {
		return ""
	}
	return fmt.Sprintf(", AS%d", r.Number)
}

func distance(r *Reason, what, from string) string {
	if r.Value < 1 {
		return what + named(r.Subject)
	}
	return fmt.Sprintf("%s%s, %.0f km from %s", what, named(r.Subject), r.Value, from)
}

func named(s string) string {
	if s = printable(s); s == "" {
		return ""
	}
	return ": " + s
}

func to(s string) string {
	if s = printable(s); s == "" {
		return ""
	}
	return " to " + s
}

func agentText(r *Reason) string {
	s := printable(r.Subject)
	if s == "" {
		return ""
	}
	if r.Value == 0 {
		return ": " + s
	}
	return fmt.Sprintf(": %s %.0f", s, r.Value)
}

func last(r *Reason) string {
	if r.Baseline == 0 {
		return ""
	}
	return fmt.Sprintf(", last seen %.0f", r.Baseline)
}

func countryText(code string) string { return printable(code) }

func orUnknown(s string) string {
	if s == "" {
		return "a country that is not known"
	}
	return s
}

func hours(h float32) string {
	if h < 1 {
		return fmt.Sprintf("%.0f minutes", h*60)
	}
	return fmt.Sprintf("%.1f hours", h)
}

func clock(hour float32) string {
	h := int(hour) % 24
	return fmt.Sprintf("%02d to %02d UTC", h, h+24/numHours)
}

// atMost writes a count that linear counting cannot tell beyond its end.
func atMost(n float32) string {
	if n >= linearCount[32] {
		return "more than 100"
	}
	return fmt.Sprintf("about %.0f", math.Round(float64(n)))
}

// printable keeps what a client wrote from breaking a line of a log or a mail.
func printable(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), 64)], "?")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
