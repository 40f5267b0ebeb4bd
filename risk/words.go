package risk

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// phrase is how a code is said: to administrators with what was seen, to the user
// in a few words, or not at all. What stands in braces is filled in by appendSlot.
type phrase struct{ text, user string }

// phrases is the table of words. What is not told to a user would help a stranger
// who holds the account.
var phrases = [numCodes]phrase{
	CodeNone:               {"nothing", ""},
	CodeNewCountry:         {"first sign-in from {country}", "a new country"},
	CodeKnownCountry:       {"a country of the user's: {country}", ""},
	CodeNewNetwork:         {"a network the user never used{asn}", "a new network"},
	CodeKnownNetwork:       {"a network of the user's{asn}", ""},
	CodeNewAddress:         {"an address the user never used", ""},
	CodeKnownAddress:       {"an address of the user's", ""},
	CodeUnusualLocation:    {"far from every place of the user's{subject}{distance}", "an unusual place"},
	CodeNewPlace:           {"not a place of the user's, of whom little is known{subject}{distance}", "a new place"},
	CodeKnownPlace:         {"a place of the user's{subject}", ""},
	CodeImpossibleTravel:   {"{value} km{to} in {hours} from the last place, beyond what both locations may be wrong by", "too far from your last sign-in"},
	CodeNewZone:            {"a clock the user never had: UTC{zone} h", ""},
	CodeZoneMismatch:       {"the client's clock, UTC{zone} h, is not that of the place", ""},
	CodeNewDevice:          {"a device the user never used", "a new device"},
	CodeMissingDevice:      {"no device key, where one would be usual", "a new device"},
	CodeKnownDevice:        {"a device of the user's ({trust})", ""},
	CodeDeviceChanged:      {"the key of a known device in another browser, or in an older version of it", "a changed device"},
	CodeUnusualAgent:       {"{browser} of the user's{agent}", "a new browser"},
	CodeKnownAgent:         {"a browser of the user's{agent}", ""},
	CodeOlderAgent:         {"an older version than the user's{agent}{last}", ""},
	CodeOutdatedAgent:      {"a version that others have left behind{agent}", ""},
	CodeNewModel:           {"a model the user never used{subject}", "a new device"},
	CodeAutomation:         {"a tool, not a browser{agent}", ""},
	CodeUnusualHour:        {"a time the user is seldom seen at: {clock}", "an unusual hour"},
	CodeUsualHour:          {"a time the user is often seen at: {clock}", ""},
	CodeHostingNetwork:     {"a hosting network{asn}", ""},
	CodeVPNNetwork:         {"a VPN new to the user{asn}", ""},
	CodeTorNetwork:         {"the Tor network", ""},
	CodeRelayNetwork:       {"a privacy relay{asn}", ""},
	CodeMobileNetwork:      {"a mobile network, where addresses change{asn}", ""},
	CodeAnomaly:            {"{exact} of 6 things are new at once", ""},
	CodeNewContext:         {"an unfamiliar device where other things are new too", ""},
	CodeNetworkReputation:  {"sign-ins fail from this network: {value} lately, beside {baseline} that did not", ""},
	CodeAgentReputation:    {"sign-ins fail with this agent: {value} lately, beside {baseline} that did not", ""},
	CodeDeviceReputation:   {"failures with this device key: {value}, and {baseline} sign-ins", ""},
	CodeCredentialStuffing: {"{count} accounts were tried from here and failed", ""},
	CodeBruteForce:         {"{value} failures from contexts the user never used", "wrong passwords before this"},
	CodeSecondFactor:       {"the password was right and the second factor was not, {times} times", "someone may know your password"},
	CodePasswordSpray:      {"this very password failed on {count} accounts", ""},
	CodeCampaign:           {"a campaign: this agent or network fails far more than normal", ""},
	CodeAllowed:            {"the address is always allowed", ""},
	CodeDenied:             {"the address is always blocked", ""},
	CodeFamiliar:           {"a device of the user's in its own browser: at most low", ""},
	CodeStrangeSignIn:      {"a new country, a new network and no device of the user's{subject}", "a new country"},
	CodeProfileLost:        {"what was known of the user could not be read", ""},
	CodeFirstSignIn:        {"nothing is known of the user yet", ""},
	CodeUnreadable:         {"the client's address is not known", ""},
	CodeMalformed:          {"a place that cannot be was ignored", ""},
}

// Text says the reason to an administrator, with what was seen.
func (r *Reason) Text() string {
	b, _ := r.AppendText(make([]byte, 0, 96))
	return string(b)
}

// UserText says the reason to the user, shorter; "" for what a user is not told,
// because it reassures or because it would teach a stranger.
func (r *Reason) UserText() string {
	if int(r.Code) >= len(phrases) {
		return ""
	}
	return phrases[r.Code].user
}

// AppendText appends what Text gives. It never fails.
func (r *Reason) AppendText(b []byte) ([]byte, error) {
	code := r.Code
	if int(code) >= len(phrases) {
		code = CodeNone
	}
	for _, p := range spoken[code] {
		b = append(b, p.text...)
		b = r.appendSlot(b, p.slot)
	}
	return b, nil
}

// piece is a part of a phrase: words, and the slot behind them, if any.
type piece struct{ text, slot string }

// spoken is the texts of phrases in pieces.
var spoken = func() (all [numCodes][]piece) {
	for code := range phrases {
		for rest, more := phrases[code].text, true; more; {
			var p piece
			p.text, rest, more = strings.Cut(rest, "{")
			p.slot, rest, _ = strings.Cut(rest, "}")
			all[code] = append(all[code], p)
		}
	}
	return all
}()

// appendSlot appends what was seen, with what leads to it, or nothing where
// nothing was.
func (r *Reason) appendSlot(b []byte, slot string) []byte {
	switch slot {
	case "subject":
		return appendNamed(b, ": ", r.Subject)
	case "to":
		return appendNamed(b, " to ", r.Subject)
	case "trust":
		return appendPrintable(b, r.Subject)
	case "country":
		if r.Subject == "" {
			return append(b, "a country that is not known"...)
		}
		return appendPrintable(b, r.Subject)
	case "agent":
		if b = appendNamed(b, ": ", r.Subject); r.Subject != "" && r.Value != 0 {
			b = appendWhole(append(b, ' '), r.Value)
		}
	case "browser":
		if r.Baseline != 0 {
			return append(b, "another version of a browser"...)
		}
		return append(b, "not a browser"...)
	case "last":
		if r.Baseline != 0 {
			b = appendWhole(append(b, ", last seen "...), r.Baseline)
		}
	case "asn":
		if r.Number != 0 {
			b = strconv.AppendUint(append(b, ", AS"...), uint64(r.Number), 10)
		}
	case "distance":
		if r.Value >= 1 {
			b = append(appendWhole(append(b, ", "...), r.Value), " km from the nearest place of the user's"...)
		}
	case "value":
		return appendWhole(b, r.Value)
	case "baseline":
		return appendWhole(b, r.Baseline)
	case "exact":
		return strconv.AppendFloat(b, float64(r.Value), 'g', -1, 32)
	case "times":
		return appendWhole(b, max(r.Value, 1))
	case "count":
		if r.Value >= linearCount[32] { // linear counting cannot tell more
			return append(b, "more than 100"...)
		}
		return appendWhole(append(b, "about "...), float32(math.Round(float64(r.Value))))
	case "zone":
		if r.Value >= 0 {
			b = append(b, '+')
		}
		return strconv.AppendFloat(b, float64(r.Value), 'g', -1, 32)
	case "hours":
		if r.Baseline < 1 {
			return append(appendWhole(b, r.Baseline*60), " minutes"...)
		}
		return append(strconv.AppendFloat(b, float64(r.Baseline), 'f', 1, 32), " hours"...)
	case "clock":
		if r.Subject != "" {
			return appendPrintable(b, r.Subject)
		}
		h := int(r.Value) % 24
		b = appendTwoDigits(b, h)
		return append(appendTwoDigits(append(b, " to "...), h+24/numHours), " UTC"...)
	}
	return b
}

func appendWhole(b []byte, x float32) []byte {
	if x >= 0 && x < 1<<53 {
		return strconv.AppendUint(b, uint64(math.RoundToEven(float64(x))), 10)
	}
	return strconv.AppendFloat(b, float64(x), 'f', 0, 64)
}

func appendTwoDigits(b []byte, n int) []byte { return append(b, byte('0'+n/10%10), byte('0'+n%10)) }

func appendNamed(b []byte, lead, name string) []byte {
	if name == "" {
		return b
	}
	return appendPrintable(append(b, lead...), name)
}

// longestName bounds what is repeated of a client's words.
const longestName = 64

// appendPrintable keeps what a client wrote from breaking a line of a log or a mail.
func appendPrintable(b []byte, s string) []byte {
	s = s[:min(len(s), longestName)]
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		switch {
		case r < ' ' || r == 0x7f:
			b = append(b, ' ')
		case r == utf8.RuneError && n == 1:
			b = append(b, '?')
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}
