// Package webhook gives calls to the URLs of an operator: what the fragment of such a URL sets, and the signature of Standard Webhooks.
//
//	https://user:password@host/path?anything=goes#secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
//
// What stands before the # belongs to the receiver. The fragment is never sent, so
// it holds our settings:
//
//	secret     whsec_ and the base64 of 24 to 64 bytes: calls are signed with it
//	plaintext  allow: http to another machine, where everybody on the way can read along
//
// No error repeats anything of the URL: passwords travel in it.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Target is where calls go.
type Target struct {
	URL    string // without the fragment
	Host   string // what may be told of it
	Secret []byte // nil: unsigned
}

// Format prints where the target is and no password.
func (t Target) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.Host) }

// Parse reads a URL of an operator.
func Parse(u *url.URL) (Target, error) {
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" {
		return Target{}, errors.New("want http:// or https:// and a host")
	}
	set, err := Settings(u.EscapedFragment(), "secret", "plaintext")
	if err != nil {
		return Target{}, err
	}
	switch set["plaintext"] {
	case "", "allow":
	default:
		return Target{}, errors.New("plaintext must be allow, or left out")
	}
	if u.Scheme == "http" && !IsLoopback(u.Hostname()) && set["plaintext"] == "" {
		return Target{}, errors.New("messages may not travel in plain text: use https, or add #plaintext=allow")
	}
	secret, err := ParseSecret(set["secret"])
	if err != nil {
		return Target{}, err
	}
	to := *u
	to.Fragment, to.RawFragment = "", ""
	return Target{URL: to.String(), Host: u.Host, Secret: secret}, nil
}

// Settings reads one-valued settings and refuses unknown ones, without repeating
// them: a stray ? or # in a password would make its rest look like a setting.
func Settings(encoded string, known ...string) (map[string]string, error) {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, fmt.Errorf("malformed settings; known are %v", known)
	}
	read := map[string]string{}
	for _, name := range known {
		if len(values[name]) > 1 {
			return nil, fmt.Errorf("%s is set twice", name)
		}
		if len(values[name]) == 1 {
			read[name] = values[name][0]
		}
		delete(values, name)
	}
	if len(values) > 0 {
		return nil, fmt.Errorf("unknown setting; known are %v", known)
	}
	return read, nil
}

// ParseSecret reads whsec_...; of nothing it makes nil.
func ParseSecret(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	encoded, ok := strings.CutPrefix(s, "whsec_")
	// In a URL a plus sign that nobody escaped reads as a blank.
	secret, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(encoded, " ", "+"))
	if !ok || err != nil || len(secret) < 24 || len(secret) > 64 {
		return nil, errors.New("secret must be whsec_ followed by the base64 of 24 to 64 bytes")
	}
	return secret, nil
}

// IsLoopback tells whether a host is this machine, so that nobody on a network listens in.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Sign adds to a request's header what tells the receiver who calls, and when:
//
//	Webhook-Id: <id>
//	Webhook-Timestamp: <unix seconds>
//	Webhook-Signature: v1,<base64 of HMAC-SHA256 over id.timestamp.body>
//
// Libraries of standardwebhooks.com verify it in a dozen languages, replays
// included. Without a secret nothing is added.
func Sign(h http.Header, secret []byte, id string, body []byte, now time.Time) {
	if secret == nil {
		return
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", timestamp)
	h.Set("Webhook-Signature", "v1,"+Signature(secret, id, timestamp, body))
}

// Signature is the symmetric signature of Standard Webhooks 1.0.0, without its version.
func Signature(secret []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(mac, id+"."+timestamp+".")
	_, _ = mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
