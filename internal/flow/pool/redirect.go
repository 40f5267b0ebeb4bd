package pool

import (
	"net/netip"
	"net/url"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// checkURLs refuses addresses that a sign-in must not be sent to: a code or a
// token would travel there.
func checkURLs(c *model.Client) error {
	for _, text := range slices.Concat(c.Doc.CallbackURLs, c.Doc.LogoutURLs) {
		if err := checkURL(text); err != nil {
			return err
		}
	}
	if to := wire.Of(c.Doc.DefaultRedirectURI); to != "" && !slices.Contains(c.Doc.CallbackURLs, to) {
		return invalid("DefaultRedirectURI must be one of the CallbackURLs.")
	}
	return nil
}

// checkURL wants an absolute URI without a fragment (RFC 6749, section 3.1.2),
// by HTTPS or an app's own scheme; HTTP only to the machine itself.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.User != nil:
		return invalidf("%s is not a valid redirect URI.", text)
	case u.Fragment != "" || u.RawFragment != "":
		return invalidf("%s cannot contain a fragment.", text)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return invalidf("%s cannot use the HTTP protocol.", text)
	case u.Scheme == "https" && u.Hostname() == "", u.Scheme == "javascript", u.Scheme == "data", u.Scheme == "vbscript":
		return invalidf("%s is not a valid redirect URI.", text)
	}
	return nil
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
