package shape

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

const secret = "hunter2"

// secretive has the secret in a member of its own, in a map, in a list and in a structure.
func secretive() (SignUpRequest, InitiateAuthRequest, AuthenticationResultType) {
	return SignUpRequest{
			ClientId: new(secret), Username: new(secret), Password: new(secret), SecretHash: new(secret),
			UserAttributes:  []AttributeType{{Name: new("email"), Value: new(secret)}},
			UserContextData: &UserContextDataType{EncodedData: new(secret)},
		}, InitiateAuthRequest{
			AuthFlow: new(AuthFlowTypeUserPasswordAuth), Session: new(secret),
			AuthParameters: map[string]string{"PASSWORD": secret, secret: "x"},
		}, AuthenticationResultType{AccessToken: new(secret), TokenType: new("Bearer"), ExpiresIn: new(int32(3600))}
}

func TestPrintingRedactsSecrets(t *testing.T) {
	up, start, tokens := secretive()
	type wrapper struct {
		Name  string
		Value SignUpRequest
		Ref   *InitiateAuthRequest
		List  []AuthenticationResultType
		Map   map[string]any
	}
	values := map[string]any{
		"a value":                up,
		"a pointer":              &up,
		"a map member":           start,
		"tokens":                 &tokens,
		"a slice":                []SignUpRequest{up},
		"a slice of pointers":    []*InitiateAuthRequest{&start},
		"a map":                  map[string]SignUpRequest{"x": up},
		"a wrapper":              wrapper{"w", up, &start, []AuthenticationResultType{tokens}, map[string]any{"x": up}},
		"a pointer to a wrapper": &wrapper{"w", up, &start, []AuthenticationResultType{tokens}, map[string]any{"x": &up}},
		"an interface":           []any{up, &start},
		"an input":               Input(&up),
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("call", "input", v, slog.Group("g", "input", v))
			if reflect.TypeOf(v) == reflect.TypeFor[SignUpRequest]() || reflect.TypeOf(v) == reflect.TypeFor[*SignUpRequest]() {
				slog.New(slog.NewJSONHandler(&log, nil)).Info("call", "input", v)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				fmt.Fprintf(&log, verb+"\n", v)
			}
			fmt.Fprintln(&log, fmt.Errorf("call: %v", v))
			hex := fmt.Sprintf("%x", secret)
			if text := log.String(); strings.Contains(text, secret) || strings.Contains(text, hex) {
				t.Errorf("the secret is printed:\n%s", text)
			}
		})
	}
}

func TestPrintingShowsTheRest(t *testing.T) {
	when := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	up, start, tokens := secretive()
	for _, c := range []struct {
		value any
		want  string
	}{
		{&tokens, `AuthenticationResultType{AccessToken:[redacted] ExpiresIn:3600 TokenType:"Bearer"}`},
		{start, `InitiateAuthRequest{AuthFlow:"USER_PASSWORD_AUTH" AuthParameters:[redacted] Session:[redacted]}`},
		{up, `SignUpRequest{ClientId:[redacted] SecretHash:[redacted] Username:[redacted] Password:[redacted] ` +
			`UserAttributes:[AttributeType{Name:"email" Value:[redacted]}] UserContextData:[redacted]}`},
		{UserPoolType{CreationDate: wire.At(when), UserPoolTags: map[string]string{"b": "2", "a": "1"}},
			`UserPoolType{CreationDate:2026-01-02T03:04:05.678Z UserPoolTags:"{a=1, b=2}"}`},
		{AssetType{Bytes: []byte("abc"), Extension: new(AssetExtensionTypeSvg)}, `AssetType{Extension:"SVG" Bytes:3 bytes}`},
		{ManagedLoginBrandingType{Settings: wire.Document(`{"a":1}`)}, `ManagedLoginBrandingType{Settings:document of 7 bytes}`},
		{GroupType{Description: new("line\nline")}, `GroupType{Description:"line\nline"}`},
		{GroupType{Description: new(strings.Repeat("x", 1000))}, `GroupType{Description:"` + strings.Repeat("x", 256) + `…"}`},
		{CreateUserPoolClientRequest{CallbackURLs: strings.Split(strings.Repeat("u ", 24)+"u", " ")},
			`CreateUserPoolClientRequest{CallbackURLs:[` + strings.Repeat(`"u" `, 20) + `and 5 more]}`},
	} {
		if got := fmt.Sprint(c.value); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
	if got := fmt.Sprint((*SignUpRequest)(nil)); got != "<nil>" {
		t.Errorf("a nil pointer: got %s", got)
	}
}

// The tag on a field is what printing reads; a new structure must not forget it.
func TestEveryFieldNamedLikeASecretIsSensitive(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(s reflect.Type) {
		for s.Kind() == reflect.Pointer || s.Kind() == reflect.Slice {
			s = s.Elem()
		}
		if s.Kind() != reflect.Struct || seen[s] || s == reflect.TypeFor[wire.Time]() {
			return
		}
		seen[s] = true
		for f := range s.Fields() {
			if strings.Contains(f.Name, "Policy") || strings.Contains(f.Name, "Validity") || strings.HasSuffix(f.Name, "SecretId") {
				continue
			}
			for _, word := range []string{"Password", "Secret", "AccessToken", "RefreshToken", "IdToken", "Session", "SecretCode", "ConfirmationCode"} {
				if strings.HasSuffix(f.Name, word) && f.Type == reflect.TypeFor[*string]() && f.Tag.Get("sensitive") == "" {
					t.Errorf("%s.%s prints", s.Name(), f.Name)
				}
			}
			walk(f.Type)
		}
	}
	for _, op := range Operations {
		walk(reflect.TypeOf(op.New()))
	}
	if len(seen) < 150 {
		t.Errorf("walked over %d structures only", len(seen))
	}
}
