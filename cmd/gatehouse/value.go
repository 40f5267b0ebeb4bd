package main

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/password"
)

// region is a word that pool ids can begin with.
type region string

var regionPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// UnmarshalText checks the region.
func (r *region) UnmarshalText(text []byte) error {
	if !regionPattern.Match(text) {
		return fmt.Errorf("%q is no region: want lower-case letters, digits and dashes, as in eu-central-1", text)
	}
	*r = region(text)
	return nil
}

// account is the account id in ARNs.
type account string

var accountPattern = regexp.MustCompile(`^[0-9]{12}$`)

// UnmarshalText checks the account id.
func (a *account) UnmarshalText(text []byte) error {
	if !accountPattern.Match(text) {
		return fmt.Errorf("%q is no account id: want 12 digits", text)
	}
	*a = account(text)
	return nil
}

// baseURL is where issuers begin, without a slash at the end.
type baseURL string

// UnmarshalText checks the URL.
func (b *baseURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("want http(s)://HOST, perhaps with a port and a path, and nothing more")
	}
	*b = baseURL(strings.TrimSuffix(string(text), "/"))
	return nil
}

// hashParams are Argon2id parameters as a PHC string writes them.
type hashParams password.Params

// UnmarshalText reads m=19456,t=2,p=1.
func (h *hashParams) UnmarshalText(text []byte) error {
	var p hashParams
	n, err := fmt.Sscanf(string(text), "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads)
	// What is read must be all that was written: Sscanf ignores the rest.
	if err != nil || n != 3 || p.String() != string(text) {
		return fmt.Errorf("%q: want m=KIB,t=PASSES,p=LANES, as in m=19456,t=2,p=1", text)
	}
	if _, err := password.NewHasher(password.Config{Params: password.Params(p)}); err != nil {
		return err
	}
	*h = p
	return nil
}

// String writes what UnmarshalText reads.
func (h hashParams) String() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", h.Memory, h.Time, h.Threads)
}
