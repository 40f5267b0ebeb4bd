package federation

import (
	"maps"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/part/saml"
)

// kind is what the type of a provider asks of its details.
type kind struct {
	// alone: a pool has one provider of the type, whose name is that of the type.
	alone    bool
	required []string
	// subject is the claim that becomes the user name, unless another is mapped.
	subject string
	// known are details that Cognito fills in where they are not given. A {version}
	// in them is the version of the provider's API.
	known map[string]string
	// unreadable is a detail that is taken and never told again.
	unreadable string
	check      func(details map[string]string) error
}

// version of Facebook's API, unless the details name one.
const facebookVersion = "v17.0"

var kinds = map[string]kind{
	shape.IdentityProviderTypeTypeFacebook: {
		alone: true, required: ofSocial, subject: "id",
		known: map[string]string{
			"attributes_url":                "https://graph.facebook.com/{version}/me?fields=",
			"attributes_url_add_attributes": "true",
			"authorize_url":                 "https://www.facebook.com/{version}/dialog/oauth",
			"token_request_method":          "GET",
			"token_url":                     "https://graph.facebook.com/{version}/oauth/access_token",
		},
		check: checkFacebook,
	},
	shape.IdentityProviderTypeTypeGoogle: {
		alone: true, required: ofSocial, subject: "sub",
		known: map[string]string{
			"attributes_url":                "https://people.googleapis.com/v1/people/me?personFields=",
			"attributes_url_add_attributes": "true",
			"authorize_url":                 "https://accounts.google.com/o/oauth2/v2/auth",
			"oidc_issuer":                   "https://accounts.google.com",
			"token_request_method":          "POST",
			"token_url":                     "https://www.googleapis.com/oauth2/v4/token",
		},
	},
	shape.IdentityProviderTypeTypeLoginWithAmazon: {
		alone: true, required: ofSocial, subject: "user_id",
		known: map[string]string{
			"attributes_url":                "https://api.amazon.com/user/profile",
			"attributes_url_add_attributes": "false",
			"authorize_url":                 "https://www.amazon.com/ap/oa",
			"token_request_method":          "POST",
			"token_url":                     "https://api.amazon.com/auth/o2/token",
		},
	},
	shape.IdentityProviderTypeTypeSignInWithApple: {
		alone: true, required: []string{"client_id", "team_id", "key_id", "private_key", "authorize_scopes"}, subject: "sub",
		known: map[string]string{
			"attributes_url_add_attributes": "false",
			"authorize_url":                 "https://appleid.apple.com/auth/authorize",
			"oidc_issuer":                   "https://appleid.apple.com",
			"token_request_method":          "POST",
			"token_url":                     "https://appleid.apple.com/auth/token",
		},
		unreadable: "private_key",
	},
	shape.IdentityProviderTypeTypeOidc: {
		required: []string{"client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"}, subject: "sub",
		known: map[string]string{"attributes_url_add_attributes": "false"},
		check: checkOIDC,
	},
	shape.IdentityProviderTypeTypeSaml: {check: checkSAML},
}

var ofSocial = []string{"client_id", "client_secret", "authorize_scopes"}

// Bounds of what is kept for one provider, beyond those of the model.
const (
	maxDetails    = 50
	maxDetailName = 64
)

// complete checks the details given for a provider of a type and adds what
// Cognito adds. Details that nobody knows are kept and told, as Cognito may know
// more of them some day. The error repeats no value: it may be a secret.
func (k kind) complete(given map[string]string) (map[string]string, error) {
	if len(given) > maxDetails {
		return nil, invalidf("ProviderDetails must have at most %d entries.", maxDetails)
	}
	for name := range given {
		if len(name) > maxDetailName {
			return nil, invalidf("The names in ProviderDetails must have at most %d characters.", maxDetailName)
		}
	}
	for _, name := range k.required {
		if strings.TrimSpace(given[name]) == "" {
			last := len(k.required) - 1
			return nil, invalidf("%s and %s are all required idp details", strings.Join(k.required[:last], ", "), k.required[last])
		}
	}
	details := maps.Clone(given)
	version := given["api_version"]
	if version == "" {
		version = facebookVersion
	}
	for name, value := range k.known {
		if details[name] == "" {
			details[name] = strings.ReplaceAll(value, "{version}", version)
		}
	}
	for _, name := range addresses {
		if value := details[name]; value != "" && !reachable(value) {
			return nil, invalidf("%s must be an https URL.", name)
		}
	}
	if k.check != nil {
		if err := k.check(details); err != nil {
			return nil, err
		}
	}
	return details, nil
}

// addresses are the details to which browsers and this server will be sent.
var addresses = []string{"attributes_url", "authorize_url", "jwks_uri", "oidc_issuer", "token_url", "MetadataURL"}

// reachable accepts https, and http to this machine: for development.
func reachable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || len(address) > 2048 {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}

var apiVersion = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]{1,3}$`)

func checkFacebook(details map[string]string) error {
	if v := details["api_version"]; v != "" && !apiVersion.MatchString(v) {
		return invalid("api_version must look like " + facebookVersion + ".")
	}
	return nil
}

func checkOIDC(details map[string]string) error {
	if m := details["attributes_request_method"]; m != "GET" && m != "POST" {
		return invalid("attributes_request_method must be GET or POST.")
	}
	return nil
}

// checkSAML reads the metadata where it is given. Where it stands at an address,
// it is read when somebody signs in: a request of an administrator waits for no
// other server, and lets nobody look into this network.
func checkSAML(details map[string]string) error {
	text, address := details["MetadataFile"], details["MetadataURL"]
	if text == "" && address == "" {
		return invalid("At least one of the MetadataURL or MetadataFile should be provided.")
	}
	if text != "" && address != "" {
		return invalid("Only one of the MetadataURL or MetadataFile should be provided.")
	}
	for _, name := range []string{"IDPInit", "IDPSignout", "EncryptedResponses"} {
		if v, given := details[name]; given && v != "true" && v != "false" {
			return invalidf("%s must be true or false.", name)
		}
	}
	if v, given := details["RequestSigningAlgorithm"]; given && v != "rsa-sha256" {
		return invalid("RequestSigningAlgorithm must be rsa-sha256.")
	}
	if text == "" {
		return nil
	}
	m, err := saml.ParseMetadata([]byte(text))
	if err != nil {
		return invalidf("Unable to unmarshall metadata: %s.", err)
	}
	for name, address := range map[string]string{
		"SSORedirectBindingURI": m.SSORedirect, "SLORedirectBindingURI": m.SLORedirect,
	} {
		delete(details, name)
		if address == "" {
			continue
		}
		if !reachable(address) {
			return invalid("The places in the metadata must be https URLs.")
		}
		details[name] = address
	}
	if m.SSOPost != "" && !reachable(m.SSOPost) {
		return invalid("The places in the metadata must be https URLs.")
	}
	return nil
}

// told are the details as they are described.
func (k kind) told(details map[string]string) map[string]string {
	if k.unreadable == "" {
		return details
	}
	told := maps.Clone(details)
	delete(told, k.unreadable)
	return told
}

// reservedName tells whether only a provider of this very type, or none, may have the name.
func reservedName(name string) bool {
	for typeName, k := range kinds {
		if k.alone && strings.EqualFold(typeName, name) {
			return true
		}
	}
	return strings.EqualFold(name, pool.OwnProvider)
}
