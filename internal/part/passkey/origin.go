package passkey

import (
	"net/netip"
	"net/url"
	"strings"
)

// app is how Android names an app: by the SHA-256 of the certificate that signed it.
const app = "android:apk-key-hash:"

func isApp(origin string) bool { return strings.HasPrefix(origin, app) }

// allows tells whether an origin may speak for the relying party: a page of its
// domain or of one below it, by https and at any port, which is what browsers let
// ask for it. A page of this machine may for localhost, without https. Of an app,
// Android itself makes sure that the domain names it (assetlinks.json); an app of
// iOS comes as the domain.
func (rp RelyingParty) allows(origin string) bool {
	if hash, ok := strings.CutPrefix(origin, app); ok {
		sum, err := encoding.DecodeString(hash)
		return err == nil && len(sum) == 32
	}
	u, err := url.Parse(origin)
	if err != nil || u.User != nil || u.Scheme+"://"+u.Host != origin {
		return false
	}
	host := u.Hostname()
	if host != rp.ID && !strings.HasSuffix(host, "."+rp.ID) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLocal(rp.ID)
}

func isLocal(domain string) bool {
	return domain == "localhost" || strings.HasSuffix(domain, ".localhost")
}

// ValidDomain tells whether a relying party can have this id: a domain name in
// lower case, not an address, and not a top-level domain, for which no browser lets
// anybody speak.
func ValidDomain(id string) bool {
	if id == "" || len(id) > 253 {
		return false
	}
	if _, err := netip.ParseAddr(id); err == nil {
		return false
	}
	labels := strings.Split(id, ".")
	for _, label := range labels {
		if !validLabel(label) {
			return false
		}
	}
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789") == "" { // an address in another notation
		return false
	}
	return len(labels) > 1 || id == "localhost"
}

// validLabel tells whether a label is one of RFC 1035; other scripts come as punycode.
func validLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	return strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
