// Package fingerprint reads what the script or SDK of a client says of its device.
//
//	EncodedData = base64 {"payload": TEXT, "signature": S, "version": V}     with line breaks, from Android
//	S           = base64 HMAC-SHA256(key = the id of the app client, V || TEXT)
//	TEXT        = {"contextData": {...}, "username", "userPoolId", "timestamp": "MILLISECONDS"}
//
//	Read ── length ── base64 ── JSON ── version ── signature ── payload ── pool, name, time ── device
//	          └────────┴─────────┴────────┴──────────┴───────────┴──────────────┴─ a Problem, and nothing else
//
// The key is known to everybody, so a signature that holds proves that somebody
// followed the format, and no more: every word is the client's claim. A
// fingerprint that does not hold never fails a request. It counts as none, and
// says why in words of ours.
package fingerprint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// What can be wrong with a fingerprint, each a member Problem.
const (
	TooLong      = "too long"
	NotBase64    = "not base64"
	NotJSON      = "not JSON of the known form"
	BadVersion   = "unknown version"
	BadSignature = "wrong signature"
	BadPayload   = "payload not JSON of the known form"
	OtherPool    = "made for another user pool"
	OtherUser    = "made for another user"
	OtherTime    = "made at another time"
)

// Problems are all of them.
var Problems = []string{TooLong, NotBase64, NotJSON, BadVersion, BadSignature, BadPayload, OtherPool, OtherUser, OtherTime}

// The versions, each with names of its own for what it tells.
const (
	JS      = "JS20171115"
	Android = "ANDROID20171114"
	IOS     = "IOS20171114"
)

const (
	// maxEncoded bounds EncodedData, in bytes. Real ones have one or two thousand.
	maxEncoded = 16 << 10
	// maxDevice bounds an id and a name of a device, in bytes.
	maxDevice = 128
	// maxUserAgent bounds a user agent, in bytes.
	maxUserAgent = 512
)

// Window is how far a fingerprint's clock may be from ours, either way. Clocks
// of devices are wrong by minutes, and by an hour where somebody set daylight
// saving by hand; a sign-in page may stand open for a while. Whoever wants a
// newer one makes it, so a narrow window would only cost the honest.
const Window = 90 * time.Minute

// Expected is the request that a fingerprint came with.
type Expected struct {
	PoolID, ClientID string
	// Named tells whether a name is the user's of the request; nil = any name is.
	Named func(name string) bool
	Now   time.Time
}

// unnamed is what iOS writes where it does not know the user.
const unnamed = "unknown"

type envelope struct {
	Payload   string `json:"payload"`
	Signature string `json:"signature"`
	Version   string `json:"version"`
}

type payload struct {
	ContextData device `json:"contextData"`
	Username    string `json:"username"`
	UserPoolID  string `json:"userPoolId"`
	Timestamp   string `json:"timestamp"` // milliseconds since the epoch
}

// device is the part of contextData that is of use. The rest (screen, language,
// build) is not kept.
type device struct {
	DeviceID       string `json:"DeviceId"`
	ClientTimezone string `json:"ClientTimezone"`
	UserAgent      string `json:"UserAgent"`  // JS
	DeviceName     string `json:"DeviceName"` // Android: the model. iOS: what its owner calls it
	PhoneType      string `json:"PhoneType"`  // iOS: the model
}

// Read reads EncodedData. What is wrong with it stands in Problem, and then
// there is nothing else.
func Read(encoded string, e Expected) model.Fingerprint {
	version, d, problem := open(encoded, e)
	if problem != "" {
		return model.Fingerprint{Problem: problem}
	}
	f := model.Fingerprint{DeviceID: deviceID(d.DeviceID), Timezone: timezone(d.ClientTimezone)}
	switch version {
	case JS:
		f.UserAgent = Printable(d.UserAgent, maxUserAgent)
	case Android:
		f.DeviceName = Printable(d.DeviceName, maxDevice)
	case IOS:
		// Its DeviceName is "Ann's iPhone": a person's name is none of our business.
		f.DeviceName = Printable(d.PhoneType, maxDevice)
	}
	return f
}

// open takes the device out of its wrapping, or says what is wrong with that.
func open(encoded string, e Expected) (version string, d device, problem string) {
	if len(encoded) > maxEncoded {
		return "", d, TooLong
	}
	text, err := decode(encoded)
	if err != nil {
		return "", d, NotBase64
	}
	var out envelope
	if wire.Decode(text, &out) != nil {
		return "", d, NotJSON
	}
	if out.Version != JS && out.Version != Android && out.Version != IOS {
		return "", d, BadVersion
	}
	if signature, err := decode(out.Signature); err != nil || !hmac.Equal(signature, sign(e.ClientID, out.Version, out.Payload)) {
		return "", d, BadSignature
	}
	var in payload
	if wire.Decode([]byte(out.Payload), &in) != nil {
		return "", d, BadPayload
	}
	return out.Version, in.ContextData, in.misplaced(out.Version, e)
}

// misplaced tells whether a payload belongs to another request.
func (p payload) misplaced(version string, e Expected) string {
	nobody := p.Username == "" || version == IOS && p.Username == unnamed
	switch {
	case p.UserPoolID != e.PoolID:
		return OtherPool
	case !near(p.Timestamp, e.Now):
		return OtherTime
	case !nobody && e.Named != nil && !e.Named(p.Username):
		return OtherUser
	}
	return ""
}

func near(milliseconds string, now time.Time) bool {
	at, err := strconv.ParseInt(milliseconds, 10, 64)
	if err != nil {
		return false
	}
	// Compared as numbers: a difference of times saturates, one of integers would wrap.
	return at >= now.Add(-Window).UnixMilli() && at <= now.Add(Window).UnixMilli()
}

func sign(clientID, version, payload string) []byte {
	mac := hmac.New(sha256.New, []byte(clientID))
	mac.Write([]byte(version))
	mac.Write([]byte(payload))
	return mac.Sum(nil)
}

// decode reads base64 with or without padding, with white space anywhere.
func decode(s string) ([]byte, error) {
	s = strings.TrimRight(s, "= \t\r\n")
	if strings.ContainsAny(s, " \t") { // line breaks are passed over anyway
		s = blanks.Replace(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}

var blanks = strings.NewReplacer(" ", "", "\t", "")
